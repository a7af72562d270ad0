"""Gatling side by side with general model servers that serve the same graphs: `python -m benchmarks peers` (see `side_by_side.py`)."""
