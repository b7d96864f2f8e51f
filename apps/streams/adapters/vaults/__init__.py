"""Vaults, one module for each store; a process imports the client of its own only."""
