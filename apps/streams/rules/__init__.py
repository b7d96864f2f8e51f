"""Pure decisions: states, keys, visibility, and what a recording must be."""
