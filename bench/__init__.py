"""Measurements: ours through the real server, beside hand-written SQL and tipg, in one run.

`make bench` writes bench/results/latest.json and latest.md and prints the same table. CPU
milliseconds a request come first: they hardly move between runs, wall times do.
"""
