"""``python -m catalog`` is ``cutline``."""

from catalog.cli import main

main()
