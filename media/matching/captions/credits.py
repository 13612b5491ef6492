"""Judges which names are credits, by what a whole archive says of them.

A name is learned as a credit only if it credits several pictures beyond doubt (in an element of its own, after "Photo:"
or a copyright sign, or in a picture's own IPTC fields), and almost never stands where persons, places and subjects
stand: within captions, or in the text of the very articles whose pictures it credits.
"""

from dataclasses import dataclass, field
from typing import Final

from media.captions.learned_credit import Form, Sign

_MIN_SURE: Final = 2
"""The least captions and pictures that credit a name beyond doubt; with those in brackets, :data:`_MIN_SIGNED`."""
_MIN_SIGNED: Final = 3
_MIN_PAGES: Final = 3
_MOST_INSIDE: Final = 0.2
"""The most captions that hold the name elsewhere than at their end, as a share of those that credit it, or that
set it apart at their end; one is never too many."""
_MOST_NAMED: Final = 0.34
"""The most articles whose own text has the name, as a share of those that credit it. A person who is shown is named in
nearly all, the maker of a picture in few; a house is quoted now and then."""
_RARELY_NAMED: Final = 0.1
_MIN_ENDS: Final = 3
"""The least different captions for the forms without any sign: the name after a space, and the name alone."""
_MOST_AFTER_SMALL_WORDS: Final = 0.15


@dataclass(slots=True)
class NameEvidence:
    """What an archive says of a name."""

    signed: dict[Sign, set[str]] = field(default_factory=dict)
    """By sign, the different captions that credit it so."""
    pictures: set[str] = field(default_factory=set)
    """Pictures whose own metadata names it as credit, maker, source or owner."""
    pages: set[str] = field(default_factory=set)
    """Pages with captions that credit it."""
    publishers: set[str] = field(default_factory=set)
    articles: set[int] = field(default_factory=set)
    """The ids of the articles of these pages."""
    ends: dict[Form, set[str]] = field(default_factory=dict)
    """By form, the different captions without a known credit that end in it; for the form ``alone``, the pictures."""
    end_pages: set[str] = field(default_factory=set)
    words_before: set[str] = field(default_factory=set)
    """Words before it, where only a space parts them."""
    after_small_words: set[str] = field(default_factory=set)
    """Captions in which it belongs to the sentence, though at the end ("outside Nordwind Media")."""
    inside: set[str] = field(default_factory=set)
    """Captions that hold it elsewhere."""
    named: int = 0
    """Articles, of those looked at, whose own text has the name."""
    looked_at: int = 0
    is_place: bool = False
    """Whether captions, articles or pictures name a place so."""

    @property
    def signed_captions(self) -> int:
        return len(set().union(*self.signed.values()))


def learned_forms(said: NameEvidence) -> frozenset[Form]:
    """Return the forms in which a name is a credit at a caption's end; none if it is not learned."""
    sure = len(said.signed.get("element", set()) | said.signed.get("label", set())) + len(said.pictures)
    signed = said.signed_captions + len(said.pictures)
    if said.is_place or sure < _MIN_SURE or signed < _MIN_SIGNED:
        return frozenset()
    if len(said.pages) + len(said.pictures) < _MIN_PAGES:
        return frozenset()
    inside = len(said.inside | said.after_small_words)
    set_apart = sum(len(said.ends.get(form, ())) for form in _SET_APART)
    if inside > max(1, (signed + set_apart) * _MOST_INSIDE) or said.named > said.looked_at * _MOST_NAMED:
        return frozenset()
    forms: set[Form] = set(_SET_APART)
    if said.named <= said.looked_at * _RARELY_NAMED and len(said.end_pages) >= _MIN_PAGES:
        if len(said.ends.get("alone", ())) >= _MIN_ENDS:
            forms.add("alone")
        bare = len(said.ends.get("words", ()))
        varied = min(bare, len(said.words_before))
        if varied >= _MIN_ENDS and inside <= (signed + bare) * _MOST_AFTER_SMALL_WORDS:
            forms.add("words")
    return frozenset(forms)


_SET_APART: Final[tuple[Form, ...]] = ("brackets", "separator", "sentence")
ALL_FORMS: Final[frozenset[Form]] = frozenset(("brackets", "separator", "sentence", "words", "alone"))
"""The forms of a name that a person says is a credit."""
