"""Django settings: `base` gathers the subjects; one module per way to run overrides few lines."""
