"""Tasks that misbehave in every way a task can, for workers that tests start and kill."""
