"""Ways to make previews."""
