"""Lightweight markups, as pandoc writes them from HTML, and as sites and boards keep them."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from benchmarks.formats.planted import NoTool, Planted, Writer


def _pandoc(kind: str, ending: str) -> Writer:
    """Return a writer of one file an article with pandoc."""

    def write(articles: list[Planted], folder: Path) -> str:
        if shutil.which("pandoc") is None:
            raise NoTool("pandoc is not installed (Debian: apt-get install pandoc)")
        for article in articles:
            target = folder / f"article-{article.number:02}.{ending}"
            command = [
                "pandoc",
                "-f",
                "html",
                "-t",
                kind,
                "-s",
                "-M",
                f"title={article.headline}",
                "-o",
                target,
            ]
            body = article.to_html().partition("\n")[2]
            subprocess.run(command, input=body, text=True, check=True, capture_output=True)
        told = subprocess.run(["pandoc", "--version"], capture_output=True, text=True)
        return told.stdout.partition("\n")[0]

    return write


WRITERS: dict[str, Callable[[list[Planted], Path], str]] = {
    "Markdown (pandoc)": _pandoc("markdown", "md"),
    "Markdown (GitHub)": _pandoc("gfm", "md"),
    "reStructuredText": _pandoc("rst", "rst"),
    "AsciiDoc": _pandoc("asciidoc", "adoc"),
    "Org": _pandoc("org", "org"),
    "Textile": _pandoc("textile", "textile"),
    "MediaWiki": _pandoc("mediawiki", "wiki"),
}
