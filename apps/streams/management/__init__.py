"""Commands of the streams context."""
