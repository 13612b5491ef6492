"""Lightweight markups: as pandoc writes them from HTML where it keeps captions, else as their manuals and sites do."""

import random
import shutil
import subprocess
from collections.abc import Callable
from html import escape
from pathlib import Path

from benchmarks.formats.planted import NoTool, Picture, Planted, Writer

_BY_HAND = "hand, after the manual"


def _pandoc(kind: str, ending: str) -> Writer:
    """Return a writer of one file an article with pandoc."""

    def write(articles: list[Planted], folder: Path) -> str:
        if shutil.which("pandoc") is None:
            raise NoTool("pandoc is not installed (Debian: apt-get install pandoc)")
        for article in articles:
            target = folder / f"article-{article.number:02}.{ending}"
            # Long lines stay long in every second file.
            wrap = "--wrap=none" if article.number % 2 else "--wrap=auto"
            command = ["pandoc", "-f", "html", "-t", kind, "-s", wrap, "-o", target]
            subprocess.run(command, input=article.to_html(), text=True, check=True, capture_output=True)
        told = subprocess.run(["pandoc", "--version"], capture_output=True, text=True)
        return told.stdout.partition("\n")[0]

    return write


def _by_hand(
    ending: str, head: str, picture: Callable[[Picture, random.Random], str], join: str = "\n\n"
) -> Writer:
    """Return a writer of one file an article, each picture as ``picture`` sets it."""

    def write(articles: list[Planted], folder: Path) -> str:
        draw = random.Random(29)
        for article in articles:
            parts = [part if isinstance(part, str) else picture(part, draw) for part in article.parts]
            text = head.format(article=article) + join.join(parts) + "\n"
            (folder / f"article-{article.number:02}.{ending}").write_text(text, "utf-8")
        return _BY_HAND

    return write


def _quoted(text: str) -> str:
    return text.replace('"', "&quot;")


_YAML = '---\ntitle: "{article.headline}"\nauthor: {article.byline}\ndate: {article.published}\n---\n\n'
_TOML = '+++\ntitle = "{article.headline}"\nauthor = "{article.byline}"\ndate = {article.published}\n+++\n\n'
_HUGO = (
    '{{{{< figure src="{src}" caption="{quoted}" >}}}}',
    '{{{{< img src="{src}" caption=`{plain}` >}}}}',
    '{{{{< figure src="{src}" >}}}}\n{plain}\n{{{{< /figure >}}}}',
    '![alt words]({src} "{quoted}")',
)
_JEKYLL = (
    '{{% include figure.html src="{src}" caption="{quoted}" %}}',
    "{{% capture told %}}{plain}{{% endcapture %}}\n{{% include image image_path='{src}' caption=told %}}",
    "![alt words]({src}){{: .left}}\n*{plain}*\n{{: .caption}}",
    '<figure>\n<img src="{src}">\n<figcaption>{html}</figcaption>\n</figure>',
    "| ![]({src}) |\n|:--:|\n| *{plain}* |",
    '<p align="center"><img src="{src}"><br><em>{html}</em></p>',
)
_MDX = (
    '<Figure src="{src}" caption="{quoted}" />',
    '<Figure src="{src}">\n  {plain}\n</Figure>',
    "<Image src='{src}' alt='x' caption={{`{plain}`}} />",
)
_MYST = (
    "```{{figure}} {src}\n:alt: alt words\n\n{plain}\n```",
    ":::{{figure}} {src}\n{plain}\n:::",
)
_OBSIDIAN = ("![[{src}|{plain}]]", "![alt words]({src})\n*{plain}*")


def _spellings(ways: tuple[str, ...]) -> Callable[[Picture, random.Random], str]:
    """Return what sets a picture in one of some ways."""

    def set_picture(picture: Picture, draw: random.Random) -> str:
        caption = picture.caption
        return draw.choice(ways).format(
            src=picture.name, plain=caption, quoted=_quoted(caption), html=escape(caption, quote=False)
        )

    return set_picture


def _asciidoc(picture: Picture, draw: random.Random) -> str:
    if draw.random() < 0.7:
        return f".{picture.caption}\nimage::{picture.name}[Alt words,300]"
    return f'image::{picture.name}[alt=Alt words,title="{_quoted(picture.caption)}"]'


def _bbcode(picture: Picture, draw: random.Random) -> str:
    if draw.random() < 0.5:
        return f"[center][img]{picture.name}[/img]\n[i]{picture.caption}[/i][/center]"
    return f"[img width=400]{picture.name}[/img]\n[size=85][i]{picture.caption}[/i][/size]"


def _write_dump(articles: list[Planted], folder: Path) -> str:
    """Write an export of a wiki, its wikitext by pandoc."""
    _pandoc("mediawiki", "wiki")(articles, folder)
    pages = []
    for article in articles:
        target = folder / f"article-{article.number:02}.wiki"
        # A wiki's page has its title above it, not in it.
        text = target.read_text("utf-8").partition("=\n")[2]
        target.unlink()
        pages.append(
            f"<page><title>{escape(article.headline)}</title><ns>0</ns><revision><timestamp>{article.published}T00:00:00Z"
            f"</timestamp><text xml:space='preserve'>{escape(text)}</text></revision></page>"
        )
    head = '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="en">'
    (folder / "wiki.xml").write_text(f"{head}{''.join(pages)}</mediawiki>", "utf-8")
    return "pandoc, in an export by hand"


WRITERS: dict[str, Writer] = {
    "Markdown (Hugo)": _by_hand("md", _TOML, _spellings(_HUGO)),
    "Markdown (Jekyll)": _by_hand("markdown", _YAML, _spellings(_JEKYLL)),
    "Markdown (Obsidian)": _by_hand("md", "# {article.headline}\n\n", _spellings(_OBSIDIAN)),
    "MDX": _by_hand("mdx", _YAML, _spellings(_MDX)),
    "MyST": _by_hand("md", "# {article.headline}\n\n", _spellings(_MYST)),
    "Quarto (pandoc's Markdown)": _pandoc("markdown", "qmd"),
    "reStructuredText": _pandoc("rst", "rst"),
    "AsciiDoc": _by_hand("adoc", "= {article.headline}\n{article.byline}\n\n", _asciidoc),
    "Org": _pandoc("org", "org"),
    "Textile": _pandoc("textile", "textile"),
    "BBCode": _by_hand("txt", "[b]{article.headline}[/b]\n\n", _bbcode),
    "MediaWiki's wikitext": _pandoc("mediawiki", "wiki"),
    "MediaWiki's export": _write_dump,
}
