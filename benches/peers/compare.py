"""Runs fnexplore and its peers on the same configurations in turn, several rounds, and prints medians as a table.

Everybody is pinned to one core, one after the other within a round, so that a ratio is of rates measured minutes apart at the
most. Rates are steps (of E: epochs) per second of the process's own time.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PEERS = ("jax", "numpy", "torch")
# Times the peer: the bars of the project.
GOALS = {
    "jax": {
        "f32": {"A": 3.0, "B": 1.2, "C": 1.05, "D": 4.0, "E": 25.0},
        "f64": {"A": 1.9, "B": 1.1, "C": 1.4, "D": 2.4},
    }
}


def lines(command):
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE, check=False)
    if done.returncode != 0:
        print(f"{command[-1] if command[0] == sys.executable else command[0]}: {done.stderr.strip()[-300:]}", file=sys.stderr)
        return []
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fnexplore", default=str(HERE / "../../target/release/fnexplore"))
    parser.add_argument("--configs", default="ABCDE")
    parser.add_argument("--dtypes", default="f64,f32")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5, help="how long each rate is measured in each round")
    parser.add_argument("--core", type=int, default=0)
    args = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {args.core})
    own = str(Path(args.fnexplore).resolve())
    peers = [peer for peer in args.peers.split(",") if peer]
    print("| config | dtype | fnexplore | share of peak | peer | its rate | times the peer | goal |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for config in args.configs:
        for dtype in args.dtypes.split(","):
            case = ["--config", config, "--dtype", dtype, "--seconds", str(args.seconds)]
            rates, ratios, shares = {"fnexplore": []}, {}, []
            for _ in range(args.rounds):
                for line in lines([own, "bench", "--json", *case]):
                    rates["fnexplore"].append(line["steps_per_cpu_s"])
                    shares.append(line["share_of_peak"])
                for peer in peers:
                    for line in lines([sys.executable, f"with_{peer}.py", *case]):
                        rates.setdefault(peer, []).append(line["steps_per_cpu_s"])
                        ratios.setdefault(peer, []).append(rates["fnexplore"][-1] / line["steps_per_cpu_s"])
            rate = statistics.median(rates["fnexplore"])
            for peer in ratios:
                goal = GOALS.get(peer, {}).get(dtype, {}).get(config)
                cells = (
                    config,
                    dtype,
                    f"{rate:.4g}",
                    f"{100 * statistics.median(shares):.0f} %",
                    peer,
                    f"{statistics.median(rates[peer]):.4g}",
                    f"{statistics.median(ratios[peer]):.3g}",
                    "" if goal is None else f"{goal:g}",
                )
                print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
