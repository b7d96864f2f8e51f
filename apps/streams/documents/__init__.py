"""The documents of this context, as MongoDB stores them. They never leave it."""
