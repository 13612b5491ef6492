"""An article from a web page: its text, its pictures, and the captions it displays."""

from selectolax.lexbor import LexborHTMLParser

from media.articles.article import Article
from media.articles.encoding import declared_in_page, decode_text
from media.articles.html_blocks import Element, Page, read_blocks
from media.articles.html_body import find_body, find_main
from media.articles.html_marks import HEADING
from media.articles.html_metadata import PageMetadata, read_metadata
from media.captions.caption import Caption, Placement
from media.captions.credit import split_credit
from media.captions.displayed import find_captions


def read_html(data: bytes, *, charset: str | None = None, url: str | None = None) -> Article:
    """Read a page; whatever the bytes are, an article comes back, if an empty one.

    ``charset`` is what was declared with the bytes, ``url`` where they came from.
    """
    tree = LexborHTMLParser(_as_utf8(data, charset))
    page = read_blocks(tree)
    metadata = read_metadata(tree, page.scripts)
    main = find_main(page)
    headline, heading = _headline(page, metadata, main)
    placements, taken = find_captions(page, main, heading)
    body = find_body(page, main, taken)
    placements += _unseen(metadata)
    return Article(
        body="\n".join(block.text for block in body),
        body_positions=tuple(block.position for block in body),
        headline=headline,
        byline=", ".join(dict.fromkeys(metadata.authors)) or None,
        published_at=metadata.published_at,
        language=metadata.language,
        url=metadata.url or url,
        placements=tuple(placements),
    )


def _as_utf8(data: bytes, charset: str | None) -> bytes | str:
    """What the parser is to read: the bytes themselves where they are UTF-8, as most are, else their text."""
    if data.isascii():
        if not any(byte in data for byte in (b"\0", b"\x1b", b"+/v")):
            return data
    elif not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        claim = charset or declared_in_page(data)
        if claim is None or claim.strip().lower() in ("utf-8", "utf8"):
            try:
                data.decode()
            except UnicodeDecodeError:
                pass
            else:
                return data.removeprefix(b"\xef\xbb\xbf")
    return decode_text(data, declared=charset, html=True).text


def _headline(page: Page, metadata: PageMetadata, main: Element | None) -> tuple[str | None, Element | None]:
    """The headline, and the element that shows it."""
    told = {text.casefold() for text in metadata.headlines}
    first = None
    for block in page.blocks:
        element = block.element
        if not element.own & HEADING:
            continue
        if block.text.casefold() in told:
            return block.text, element
        if element.tag == "h1" and (first is None or (first.link_chars and not block.link_chars)):
            first = block
    if first is not None:
        return first.text, first.element
    return metadata.headlines[0] if metadata.headlines else None, None


def _unseen(metadata: PageMetadata) -> list[Placement]:
    found = []
    for text, address in metadata.pictures:
        split = split_credit(text)
        found.append(
            Placement("json-ld", Caption(split.text, split.credit_line), address, 0, split.lead, 0.8)
        )
    return found
