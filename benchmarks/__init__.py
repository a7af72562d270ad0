"""Measurements that anybody can repeat: `.venv/bin/python -m benchmarks serving` (see `serving.py` for what it prints).

Absolute figures belong to the machine they were taken on; what counts are the ratios of one run.
"""
