"""Benchmarks: how fast, against what, in one run. `make bench`; README.md explains the rows."""
