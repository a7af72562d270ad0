"""`python -m benchmarks serving [--seconds N] [--requests N]`, `… data [--groups N]`, `… oracle [--groups N]`: one JSON object a line."""

from __future__ import annotations

import argparse
import json


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("name", choices=["serving", "data", "oracle"])
    parser.add_argument("--seconds", type=int, default=5, help="serving: of each load")
    parser.add_argument("--requests", type=int, default=20_000, help="serving: over which the memory is watched")
    parser.add_argument("--groups", type=int, default=200, help="data, oracle: groups of 16 cases to work on")
    arguments = parser.parse_args()
    if arguments.name == "serving":
        from benchmarks.serving import serving

        lines = serving(arguments.seconds, arguments.requests)
    elif arguments.name == "oracle":
        from benchmarks.oracle import oracle

        lines = oracle(arguments.groups)
    else:
        from benchmarks.data import data

        lines = data(arguments.groups)
    for line in lines:
        print(json.dumps(line), flush=True)


main()
