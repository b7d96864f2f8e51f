"""Reads, as plain projections: cards are read far more often than sets are made."""
