"""Providers: one module each. Only errors of ours leave them."""
