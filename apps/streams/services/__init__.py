"""Writes. Each function is one thing a person, an encoder or a clock can make happen.

A function that decides talks to no provider; one that talks to a provider decides nothing.
"""
