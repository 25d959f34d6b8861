"""JAX: the whole loop is compiled, and runs as one call. D's blocks are a scan."""

import work

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")


def network(config):
    _, _, _, sigma = work.CONFIGS[config]
    sigma = {"relu": lambda z: jnp.maximum(z, 0), "tanh": jnp.tanh}[sigma]

    def chain(theta, x):
        layers = list(zip(theta[::2], theta[1::2]))
        for w, c in layers[:-1]:
            x = sigma(x @ w + c)
        w, c = layers[-1]
        return x @ w + c

    def stream(theta, x):
        lift, *blocks, readout = theta

        def block(u, own):
            b, c, a, d = own
            return u + sigma(u @ b + c) @ a + d, None

        u, _ = jax.lax.scan(block, x @ lift, tuple(blocks))
        return u @ readout

    return stream if config == "D" else chain


def make(config, dtype):
    f = network(config)
    x, y = (jnp.asarray(part) for part in work.data(config, dtype))
    gradient = jax.grad(lambda theta, x, y: jnp.mean((f(theta, x) - y) ** 2))
    kind = work.rule(config)
    rate, (b1, b2) = dtype(work.RATE[kind]), work.BETAS
    size = work.CONFIGS[config][2]
    batches = (x.reshape(-1, size, x.shape[1]), y.reshape(-1, size, y.shape[1]))

    def adam(_, state):
        theta, m, v, age = state
        g = gradient(theta, x, y)
        m = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, m, g)
        v = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, v, g)
        age = age + 1
        c1, c2 = 1 - b1**age, 1 - b2**age
        move = lambda p, m, v: (p - rate * (m / c1) / (jnp.sqrt(v / c2) + work.EPSILON)).astype(dtype)
        return jax.tree.map(move, theta, m, v), m, v, age

    def update(theta, batch):
        g = gradient(theta, *batch)
        return jax.tree.map(lambda p, g: p - rate * g, theta, g), None

    def epoch(_, state):
        theta, _ = jax.lax.scan(update, state[0], batches)
        return (theta, *state[1:])

    theta = [jnp.asarray(part) for part in work.start(config, dtype)]
    zeros = [jnp.zeros_like(part) for part in theta]
    state = (theta, zeros, [part.copy() for part in zeros], jnp.asarray(0, dtype))
    step = adam if kind == "adam" else epoch
    many = jax.jit(lambda count, state: jax.lax.fori_loop(0, count, step, state), donate_argnums=1)

    def steps(count):
        nonlocal state
        state = jax.block_until_ready(many(count, state))
        assert np.isfinite(state[0][0]).all()

    return steps


if __name__ == "__main__":
    work.report("jax", make)
