"""`python -m benchmarks serving [--seconds N] [--requests N]`."""

from __future__ import annotations

import argparse
import json

from benchmarks.serving import serving


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("name", choices=["serving"])
    parser.add_argument("--seconds", type=int, default=5, help="of each load")
    parser.add_argument("--requests", type=int, default=20_000, help="over which the memory is watched")
    arguments = parser.parse_args()
    for line in serving(arguments.seconds, arguments.requests):
        print(json.dumps(line), flush=True)


main()
