"""`python -m apps.previews.adapters.engine`: the nursery, which answers on its standard input."""

from __future__ import annotations

from apps.previews.adapters.engine.nursery import main

if __name__ == "__main__":
    main()
