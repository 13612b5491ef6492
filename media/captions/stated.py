"""Captions that a format states in a field of their own, where nothing has to be guessed.

What may still have to be parted is the credit that a desk wrote at the caption's end.
"""

from collections.abc import Mapping
from dataclasses import replace

from media.captions.caption import Caption, Origin, Placement

_ALT_CONFIDENCE = 0.4
"""An alt text says what is in the picture; it is not what a desk wrote under it."""


def place_stated(
    origin: Origin,
    src: str | None,
    text: str | None,
    *,
    credit_line: str | None = None,
    alt: str | None = None,
    position: int = 0,
    date: str | None = None,
    place: str | None = None,
    evidence: Mapping[str, object] | None = None,
) -> Placement | None:
    """Return the showing of a picture at ``src`` with the caption ``text``; None where there is neither.

    ``text`` is parted from the credit and the lead-in that it carries, also where the format gives a ``credit_line``.
    An alt text without a caption is a placement of its own origin.
    """
    shown = " ".join((text or "").split())
    told = dict(evidence or {})
    if not shown:
        described = " ".join((alt or "").split())
        if described:
            caption = Caption(described, credit_line, date, place)
            return Placement("alt", caption, src, position, confidence=_ALT_CONFIDENCE, evidence=told)
        return Placement(origin, None, src, position, evidence=told) if src else None
    caption, lead = _parted(text or "", credit_line, told)
    if alt and alt.strip() and alt.strip() != text:
        told["alt"] = alt.strip()
    facts = _with_facts(caption)
    caption = replace(caption, date=date or facts.date, place=place or facts.place)
    return Placement(origin, caption, src, position, lead, 1.0, told)


def place_embedded(
    origin: Origin, text: str, credit_line: str | None, confidence: float, evidence: Mapping[str, object]
) -> Placement:
    """Return the placement of a text that a picture's file, or a file beside it, says of the picture.

    It is parted as a page's caption is, so that both say the same where a desk wrote the same; an alt text is not.
    """
    told = dict(evidence)
    if origin == "alt":
        shown, lead = Caption(" ".join(text.split())), None
        if shown.text != text:
            told["found"] = text
    else:
        shown, lead = _parted(text, credit_line, told)
        shown = _with_facts(shown)
    return Placement(origin, shown, lead=lead, confidence=confidence, evidence=told)


def _with_facts(caption: Caption) -> Caption:
    from media.captions.facts import caption_with_facts  # slow to import, like the reader of credits

    return caption_with_facts(caption.text, caption.credit_line)


def _parted(text: str, credit_line: str | None, told: dict[str, object]) -> tuple[Caption, str | None]:
    """Split credit and lead-in off a text; the evidence is added to ``told``."""
    # Imported here: it is slow to import, and most pictures say nothing.
    from media.captions.credit import SEPARATE, join_separate_credit

    shown, lead = " ".join(text.split()), None
    parts = join_separate_credit(shown, credit_line)
    # A caption that is only a credit stays whole, since the format says that it is a caption; unless a label says else.
    if not parts.text and parts.evidence == "after a label":
        told["found"] = text
        return Caption("", parts.credit_line), None
    if parts.text and (parts.credit_line or parts.lead):
        shown, credit_line, lead = parts.text, parts.credit_line, parts.lead
        if parts.evidence and parts.evidence != SEPARATE:
            told["credit"] = parts.evidence
    if parts.doubt:
        told["doubt"] = parts.doubt
    if shown != text:
        told["found"] = text
    return Caption(shown, credit_line or None), lead
