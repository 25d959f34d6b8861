"""PyTorch, eager, with its fused Adam. torch.compile gains little here and compiles for a minute."""

import sys

import work

try:
    import torch
except ImportError:
    sys.exit("torch is not installed")

torch.set_num_threads(1)


def make(config, dtype):
    _, rows, size, sigma = work.CONFIGS[config]
    sigma = {"relu": torch.relu, "tanh": torch.tanh}[sigma]
    x, y = (torch.from_numpy(part) for part in work.data(config, dtype))
    theta = [torch.from_numpy(part) for part in work.start(config, dtype)]
    if config == "D":
        lift, b, c, a, d, readout = theta
        theta = [lift, readout, *(part[i].clone() for i in range(work.DEPTH) for part in (b, c, a, d))]
    theta = [part.requires_grad_() for part in theta]

    def chain(x):
        for at in range(0, len(theta) - 2, 2):
            x = sigma(torch.addmm(theta[at + 1], x, theta[at]))
        return torch.addmm(theta[-1], x, theta[-2])

    def stream(x):
        u = x @ theta[0]
        for at in range(2, len(theta), 4):
            b, c, a, d = theta[at : at + 4]
            u = u + torch.addmm(d, sigma(torch.addmm(c, u, b)), a)
        return u @ theta[1]

    f = stream if config == "D" else chain
    kind = work.rule(config)
    if kind == "adam":
        optimiser = torch.optim.Adam(theta, lr=work.RATE[kind], betas=work.BETAS, eps=work.EPSILON, fused=True)
    else:
        optimiser = torch.optim.SGD(theta, lr=work.RATE[kind])
    batches = list(zip(x.split(size), y.split(size)))

    def steps(count):
        for _ in range(count):
            for x, y in batches:
                optimiser.zero_grad()
                loss = torch.nn.functional.mse_loss(f(x), y)
                loss.backward()
                optimiser.step()
        assert torch.isfinite(loss)

    return steps


if __name__ == "__main__":
    work.report("torch", make)
