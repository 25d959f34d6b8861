"""The configurations A to E of `fnexplore bench` for other programs: shapes, data, starts, and how a rate is measured."""

import argparse
import json
import os
import time

# Before any of the libraries is loaded: one thread each.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np

# Widths from X to f, rows, rows of a batch, sigma. D has a stream of 16 through 50 blocks of 16 elements instead.
CONFIGS = {
    "A": ((1, 16, 16, 1), 256, 256, "relu"),
    "B": ((1, 64, 64, 64, 1), 1024, 1024, "relu"),
    "C": ((1, 256, 256, 256, 256, 1), 4096, 4096, "relu"),
    "D": ((1, 16, 1), 256, 256, "relu"),
    "E": ((2, 4, 2, 1), 250, 10, "tanh"),
}
DEPTH = 50
RATE = {"adam": 1e-3, "sgd": 1e-2}
BETAS, EPSILON = (0.9, 0.999), 1e-8
# Rates are the best of so many rounds, as in `fnexplore bench`: others may be using the machine.
ROUNDS = 5


def rule(config):
    return "sgd" if config == "E" else "adam"


def data(config, dtype):
    widths, rows, _, _ = CONFIGS[config]
    random = np.random.default_rng(1)
    x = random.uniform(-2.0, 2.0, (rows, widths[0]))
    y = np.sin(2.0 * x) if widths[0] == 1 else x[:, :1] * x[:, 1:]
    return x.astype(dtype), (y + 0.1 * random.standard_normal(y.shape)).astype(dtype)


def start(config, dtype):
    """Layers (W, c) from X to f; of D the lift, blocks as four stacked arrays, and the readout."""
    random = np.random.default_rng(2)
    widths = CONFIGS[config][0]

    def normal(*shape):
        return (random.standard_normal(shape) * np.sqrt(2.0 / shape[-2])).astype(dtype)

    if config == "D":
        width = widths[1]
        zeros = np.zeros((DEPTH, width), dtype)
        inner, outer = normal(DEPTH, width, width), normal(DEPTH, width, width) / np.asarray(np.sqrt(DEPTH), dtype)
        return [normal(1, width), inner, zeros, outer, zeros.copy(), normal(width, 1)]
    return [part for n, m in zip(widths, widths[1:]) for part in (normal(n, m), np.zeros(m, dtype))]


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", choices=[*CONFIGS, "all"], default="all")
    parser.add_argument("--dtype", choices=["f32", "f64", "both"], default="both")
    parser.add_argument("--seconds", type=float, default=1.5, help="how long each rate is measured")
    return parser.parse_args()


def report(peer, make):
    """`make(config, dtype)` answers with a function that does so many steps (of E epochs) and waits for them."""
    args = arguments()
    for config in CONFIGS if args.config == "all" else [args.config]:
        for dtype in ["f64", "f32"] if args.dtype == "both" else [args.dtype]:
            steps = make(config, {"f32": np.float32, "f64": np.float64}[dtype])
            wall, cpu = rate(steps, args.seconds / ROUNDS)
            line = {"peer": peer, "config": config, "dtype": dtype, "steps_per_s": wall, "steps_per_cpu_s": cpu}
            print(json.dumps(line), flush=True)


def rate(steps, seconds):
    """The best rates by the wall and by the process's own time. Steps are asked for by powers of two: a count is compiled once."""
    count = 1
    steps(count)
    while True:
        began = time.perf_counter()
        steps(count)
        if time.perf_counter() - began > seconds / 4:
            break
        count *= 2
        steps(count)
    best = (0.0, 0.0)
    for _ in range(ROUNDS):
        wall, cpu, done = time.perf_counter(), time.process_time(), 0
        while time.perf_counter() - wall < seconds:
            steps(count)
            done += count
        best = (max(best[0], done / (time.perf_counter() - wall)), max(best[1], done / (time.process_time() - cpu)))
    return best
