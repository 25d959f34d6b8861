"""NumPyro's NUTS on 1-16-1, tanh, 64 points: gradients a second of its sampler, compilation not counted."""

import argparse
import json
import time

import work

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from numpyro.diagnostics import effective_sample_size, gelman_rubin
from numpyro.infer import MCMC, NUTS

numpyro.enable_x64()
numpyro.set_platform("cpu")
K = 16


def model(x, y):
    def normal(name, *shape):
        return numpyro.sample(name, dist.Normal(jnp.zeros(shape), 1.0).to_event(len(shape)))

    f = jnp.tanh(x @ normal("b", 1, K) + normal("c", K)) @ normal("a", K, 1) / np.sqrt(K) + normal("d", 1)
    numpyro.sample("y", dist.Normal(f, 0.1).to_event(2), obs=y)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=500, help="of each chain, after as many of warm-up")
    parser.add_argument("--chains", type=int, default=4)
    args = parser.parse_args()
    random = np.random.default_rng(1)
    x = np.linspace(-2.0, 2.0, 64)[:, None]
    y = np.sin(2.0 * x) + 0.1 * random.standard_normal(x.shape)
    sampler = MCMC(
        NUTS(model, target_accept_prob=0.8, max_tree_depth=10),
        num_warmup=args.draws,
        num_samples=args.draws,
        num_chains=args.chains,
        chain_method="sequential",
        progress_bar=False,
    )

    def all_of_it(seed):
        began = time.process_time()
        sampler.warmup(jax.random.key(seed), x, y, collect_warmup=True, extra_fields=("num_steps",))
        gradients = int(sampler.get_extra_fields()["num_steps"].sum())
        sampler.run(jax.random.key(seed + 1), x, y, extra_fields=("num_steps",))
        gradients += int(sampler.get_extra_fields()["num_steps"].sum())
        jax.block_until_ready(sampler.get_samples())
        return gradients, time.process_time() - began

    all_of_it(1)
    gradients, seconds = all_of_it(3)
    own = sampler.get_samples(group_by_chain=True)
    at = np.linspace(-1.6, 1.6, 5)[:, None]
    f = np.tanh(at @ own["b"] + own["c"][..., None, :]) @ own["a"] / np.sqrt(K) + own["d"][..., None, :]
    line = {
        "peer": "numpyro",
        "config": "nuts",
        "dtype": "f64",
        "gradients": gradients,
        "gradients_per_cpu_s": gradients / seconds,
        "cpu_s": seconds,
        "least_ess_of_f": float(effective_sample_size(f).min()),
        "greatest_rhat_of_f": float(gelman_rubin(f).max()),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
