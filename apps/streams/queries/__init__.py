"""Reads. Outside this context they are contracts, never documents."""
