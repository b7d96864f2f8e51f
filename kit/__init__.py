"""Tools that know no context."""
