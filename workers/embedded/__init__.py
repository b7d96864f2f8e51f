"""The embedded stack: what `make run` and `make demo` start on one machine, without root."""
