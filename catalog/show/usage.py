"""The pages that showed a picture, for people to read."""

from collections.abc import Mapping, Sequence
from typing import cast

from catalog.show.words import count_noun, shorten, span_text

_CAPTIONS = 5


def usage_lines(usage: Mapping[str, object]) -> list[str]:
    """Return lines on the pages that showed a picture, the first and last date, and its captions; none if no page did.

    :param usage: the fields of :class:`catalog.store.usage.Usage`, by name.
    """
    pages, stories = int(str(usage["pages"])), int(str(usage["stories"]))
    if not pages:
        return []
    where = count_noun(pages, "page")
    if stories != pages:
        where += f" of {count_noun(stories, 'story', 'stories')}"
    lines = [f"Shown on {where}{span_text(usage['first_shown_at'], usage['last_shown_at'])}"]
    captions = cast("Sequence[Mapping[str, object]]", usage["captions"])
    lines += [_caption_line(use) for use in captions[:_CAPTIONS]]
    if len(captions) > _CAPTIONS:
        lines.append(f"and under {count_noun(len(captions) - _CAPTIONS, 'more caption')}")
    return lines


def _caption_line(use: Mapping[str, object]) -> str:
    credit = f" [{shorten(str(use['credit_line']), 80)}]" if use["credit_line"] else ""
    said = f"“{shorten(str(use['caption']), 200)}”" if use["caption"] else "Without a caption"
    return f"{said}{credit}{span_text(use['first_shown_at'], use['last_shown_at'])}"
