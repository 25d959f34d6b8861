"""NumPy: gradients by hand, every large buffer made once."""

import work

import numpy as np


class Layer:
    """y = sigma(x W + c), with what the way back needs."""

    def __init__(self, w, c, rows, sigma):
        self.w, self.c, self.sigma = w, c, sigma
        self.y, self.bar = np.empty((rows, w.shape[1]), w.dtype), np.empty((rows, w.shape[1]), w.dtype)
        self.x_bar = np.empty((rows, w.shape[0]), w.dtype)
        self.slope = np.empty_like(self.y)
        self.w_bar, self.c_bar = np.empty_like(w), None if c is None else np.empty_like(c)

    def forward(self, x):
        self.x = x
        np.matmul(x, self.w, out=self.y)
        if self.c is not None:
            self.y += self.c
        if self.sigma == "relu":
            np.maximum(self.y, 0, out=self.y)
        elif self.sigma == "tanh":
            np.tanh(self.y, out=self.y)
        return self.y

    def backward(self, bar, first=False):
        if self.sigma == "relu":
            np.multiply(bar, self.y > 0, out=self.bar)
        elif self.sigma == "tanh":
            np.multiply(self.y, self.y, out=self.slope)
            np.subtract(1, self.slope, out=self.slope)
            np.multiply(bar, self.slope, out=self.bar)
        else:
            self.bar = bar
        np.matmul(self.x.T, self.bar, out=self.w_bar)
        if self.c is not None:
            np.sum(self.bar, axis=0, out=self.c_bar)
        return None if first else np.matmul(self.bar, self.w.T, out=self.x_bar)

    def pairs(self):
        return [(self.w, self.w_bar)] + ([] if self.c is None else [(self.c, self.c_bar)])


def make(config, dtype):
    _, rows, size, sigma = work.CONFIGS[config]
    x, y = work.data(config, dtype)
    theta = work.start(config, dtype)
    if config == "D":
        lift, b, c, a, d, readout = theta
        ends = Layer(lift, None, size, None), Layer(readout, None, size, None)
        blocks = [(Layer(b[i], c[i], size, sigma), Layer(a[i], d[i], size, None)) for i in range(work.DEPTH)]
        layers = [ends[0], *(layer for block in blocks for layer in block), ends[1]]
    else:
        last = len(theta) // 2 - 1
        layers = [Layer(theta[2 * i], theta[2 * i + 1], size, None if i == last else sigma) for i in range(last + 1)]

    def chain(x, y):
        for layer in layers:
            x = layer.forward(x)
        bar = (x - y) * dtype(2.0 / y.size)
        for layer in reversed(layers):
            bar = layer.backward(bar, layer is layers[0])

    def stream(x, y):
        u = ends[0].forward(x)
        for inner, outer in blocks:
            branch = outer.forward(inner.forward(u))
            branch += u
            u = branch
        bar = ends[1].backward((ends[1].forward(u) - y) * dtype(2.0 / y.size))
        for inner, outer in reversed(blocks):
            back = inner.backward(outer.backward(bar))
            back += bar
            bar = back
        ends[0].backward(bar, True)

    gradient = stream if config == "D" else chain
    pairs = [pair for layer in layers for pair in layer.pairs()]
    # Adam over one vector: a loop over blocks would cost more than the blocks.
    flat, grad = (np.concatenate([pair[at].ravel() for pair in pairs]) for at in (0, 1))
    m, v, room = np.zeros_like(flat), np.zeros_like(flat), np.empty_like(flat)
    at = 0
    for layer in layers:
        for name in ("w", "c") if layer.c is not None else ("w",):
            part = getattr(layer, name)
            here = slice(at, at + part.size)
            setattr(layer, name, flat[here].reshape(part.shape))
            setattr(layer, name + "_bar", grad[here].reshape(part.shape))
            at += part.size
    rate, (b1, b2), age = work.RATE[work.rule(config)], work.BETAS, 0

    def steps(count):
        nonlocal age
        for _ in range(count):
            if config == "E":
                for first in range(0, rows, size):
                    gradient(x[first : first + size], y[first : first + size])
                    np.multiply(grad, dtype(rate), out=room)
                    np.subtract(flat, room, out=flat)
                continue
            gradient(x, y)
            age += 1
            np.multiply(m, dtype(b1), out=m)
            np.multiply(grad, dtype(1 - b1), out=room)
            np.add(m, room, out=m)
            np.multiply(v, dtype(b2), out=v)
            np.multiply(grad, grad, out=room)
            np.multiply(room, dtype(1 - b2), out=room)
            np.add(v, room, out=v)
            np.multiply(v, dtype(1 / (1 - b2**age)), out=room)
            np.sqrt(room, out=room)
            np.add(room, dtype(work.EPSILON), out=room)
            np.divide(m, room, out=room)
            np.multiply(room, dtype(rate / (1 - b1**age)), out=room)
            np.subtract(flat, room, out=flat)
        assert np.isfinite(flat).all()

    return steps


if __name__ == "__main__":
    work.report("numpy", make)
