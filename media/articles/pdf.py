"""The article of a PDF document, from where its lines and pictures stand."""

import json

from media.articles.article import Article, Hints
from media.articles.layout import Box, Line, Set, SetPage, read_pages


def read_pdf(data: bytes, hints: Hints) -> Article:
    """Return the article of pages, as :class:`media.archives.pdf.Pdf` describes them."""
    told = json.loads(data)
    pages = [
        SetPage(
            max(1.0, page["size"][0]),
            max(1.0, page["size"][1]),
            [Line(Box(*line[:4]), line[6], line[4], line[5]) for line in page["lines"]],
            [Set(Box(*picture[:4]), picture[4]) for picture in page["pictures"]],
        )
        for page in told["pages"]
    ]
    return read_pages(pages, title=told["title"], author=told["author"])
