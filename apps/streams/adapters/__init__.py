"""One module per provider; only errors of our own leave them."""
