"""An actor that needs Django: `python -m bench.on_django MODULE [ARGUMENT…]` calls its `main`."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    module, *arguments = sys.argv[1:]
    import_module(module).main(*arguments)


if __name__ == "__main__":
    main()
