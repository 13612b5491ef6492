"""Pages to read in tests: a plain article, with markup before and within its text."""

from media.articles.article import Article
from media.captions.caption import UNSEEN_ORIGINS, Placement

PARAGRAPHS = [
    "The harbour of the old town opened again on Monday after two years of work on its walls and its lights.",
    "Fishing boats left before dawn, as they had done for generations, and came back with the evening tide.",
    "“We thought that this day would never come,” said Ann Lee, who has sold nets here since she was a girl.",
    "The council spent twelve million on the repairs, three more than it had planned when the work began.",
    "A second harbour, for ferries to the islands, is to follow in the spring, if the money can be found.",
]


def page(middle: str = "", *, head: str = "", lead: str = "", tail: str = "") -> bytes:
    """An article of five paragraphs: ``lead`` stands under the headline, ``middle`` after the third paragraph,
    ``tail`` after the last."""
    paragraphs = [f"<p>{text}</p>" for text in PARAGRAPHS]
    text = "".join([*paragraphs[:3], middle, *paragraphs[3:], tail])
    return (
        f"<!doctype html><html lang=en><head><title>Harbour reopens</title>{head}</head><body>"
        f"<div class=page><article><h1>Harbour reopens</h1>{lead}<div class=article-body>{text}</div></article>"
        "</div></body></html>"
    ).encode()


def shown(article: Article) -> list[Placement]:
    """The captions that a reader sees."""
    return [p for p in article.placements if p.caption and p.caption.text and p.origin not in UNSEEN_ORIGINS]
