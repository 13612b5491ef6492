"""Puts the site's pages together in build/site-source: those of docs/, and the texts at the top with links that fit.

python docs/site.py && mkdocs build --config-file docs/mkdocs.yml
"""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "build/site-source"
TOP = {"README.md": "index.md", "CHANGELOG.md": "CHANGELOG.md", "CONTRIBUTING.md": "CONTRIBUTING.md"} | {
    "SECURITY.md": "SECURITY.md"
}
"""Texts at the top, and their pages."""

_LINK = re.compile(r"(\]\(|src=\")(?!https?:|#|mailto:)([^)\"#\s]+)")


def main() -> None:
    """Write the pages; what links to a file that is no page says its name instead."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    SOURCE.mkdir(parents=True)
    for path in sorted((ROOT / "docs").rglob("*")):
        if path.suffix in (".md", ".png", ".svg", ".ipynb"):
            to = SOURCE / path.relative_to(ROOT / "docs")
            to.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".md":
                to.write_text(_with_links(path.read_text(encoding="utf-8"), path.parent), encoding="utf-8")
            else:
                shutil.copyfile(path, to)
    for name, page in TOP.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        (SOURCE / page).write_text(_with_links(text, ROOT), encoding="utf-8")


def _with_links(text: str, folder: Path) -> str:
    """Return a page whose links are those of the site."""
    return _LINK.sub(lambda found: found[1] + _address(found[2], folder), text)


def _address(target: str, folder: Path) -> str:
    path = (folder / target).resolve()
    if path.parent == ROOT and path.name in TOP:
        return TOP[path.name]
    if path.is_relative_to(ROOT / "docs"):
        return str(path.relative_to(ROOT / "docs"))
    return f"https://github.com/cutline/cutline/blob/main/{path.relative_to(ROOT)}"


if __name__ == "__main__":
    main()
