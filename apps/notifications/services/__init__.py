"""Writes, one function per verb, one module per noun."""
