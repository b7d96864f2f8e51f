"""One module per provider, and the transport and token keeping they share."""
