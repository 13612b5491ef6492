"""An article from a web page: its text, its pictures, and the captions it displays."""

from selectolax.lexbor import LexborHTMLParser

from media.articles.article import Article
from media.articles.encoding import decode_text
from media.articles.html_blocks import Page, read_blocks
from media.articles.html_body import find_body, find_main, weigh_blocks
from media.articles.html_metadata import PageMetadata, read_metadata
from media.captions.caption import Caption, Placement
from media.captions.credit import split_credit
from media.captions.displayed import find_captions


def read_html(data: bytes, *, charset: str | None = None, url: str | None = None) -> Article:
    """Read a page; whatever the bytes are, an article comes back, if an empty one.

    ``charset`` is what was declared with the bytes, ``url`` where they came from.
    """
    decoded = decode_text(data, declared=charset, html=True)
    tree = LexborHTMLParser(decoded.text)
    metadata = read_metadata(tree)
    page = read_blocks(tree)
    weigh_blocks(page)
    main = find_main(page)
    placements, taken = find_captions(page, main)
    body = find_body(page, main, taken)
    headline = _headline(page, metadata)
    placements += _unseen(metadata)
    return Article(
        body="\n".join(block.text for block in body),
        headline=headline,
        byline=", ".join(dict.fromkeys(metadata.authors)) or None,
        published_at=metadata.published_at,
        language=metadata.language,
        url=metadata.url or url,
        placements=tuple(placements),
    )


def _headline(page: Page, metadata: PageMetadata) -> str | None:
    for block in page.blocks:
        if block.element.tag == "h1":
            return block.text
    return metadata.headlines[0] if metadata.headlines else None


def _unseen(metadata: PageMetadata) -> list[Placement]:
    found = []
    for text, address in metadata.pictures:
        split = split_credit(text)
        found.append(
            Placement("json-ld", Caption(split.text, split.credit_line), address, 0, split.lead, 0.8)
        )
    return found
