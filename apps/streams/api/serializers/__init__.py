"""JSON shapes of the streams API."""
