"""`python -m benchmarks serving | data | comparison | robustness [OPTION…]`: one JSON object a line."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("name", choices=["serving", "data", "comparison", "robustness"])
    parser.add_argument("--seconds", type=int, default=5, help="serving: of each load")
    parser.add_argument("--requests", type=int, default=20_000, help="serving: over which the memory is watched")
    parser.add_argument("--groups", type=int, default=200, help="data: groups of 16 cases that every stage works on")
    parser.add_argument("--package", type=Path, default=Path("shipped"), help="comparison, robustness: the model")
    parser.add_argument("--on", type=Path, nargs="+", default=[], help="comparison, robustness: labelled cases or recorded runs")
    parser.add_argument("--trained-on", type=int, default=20_000, help="comparison: generated cases that the trees learn from")
    parser.add_argument("--most", type=int, default=4_000, help="comparison: cases of a set, at most")
    parser.add_argument("--attacks", type=int, default=200, help="robustness: attacks of each set that are changed")
    arguments = parser.parse_args()
    if arguments.name == "serving":
        from benchmarks.serving import serving

        lines = serving(arguments.seconds, arguments.requests)
    elif arguments.name == "comparison":
        from benchmarks.comparison import comparison

        lines = comparison(arguments.package, arguments.on, arguments.trained_on, arguments.most)
    elif arguments.name == "robustness":
        from benchmarks.robustness import robustness

        lines = robustness(arguments.package, arguments.attacks, arguments.on)
    else:
        from benchmarks.data import data

        lines = data(arguments.groups)
    for line in lines:
        print(json.dumps(line), flush=True)


main()
