"""HTTP in, one call through the door, HTTP out."""
