#!/usr/bin/env python3
"""The operator's entry: puts `site/` on the path and hands over to Django."""

import os
import sys
from pathlib import Path


def main() -> None:
    # `site` is also a frozen module of Python's own: our folder is a path entry, never a package.
    sys.path.insert(0, str(Path(__file__).resolve().parent / "site"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
