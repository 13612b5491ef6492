"""Finds an agency at the very end of a caption, without a full stop or a label that marks it as a credit."""

import re
from typing import Final

from media.captions.agency import AGENCY, is_ambiguous
from media.captions.credit_parts import TAIL, Tail
from media.captions.credit_shape import (
    SMALL_WORDS,
)


def agency_run(text: str) -> Tail | None:
    """Return an agency at the very end, or before a slash and a name, in a text without a full stop before
    it.
    """
    tail = text[-TAIL:]
    base = len(text) - len(tail)
    found = _AGENCY_END.search(tail)
    if not found:
        return None
    begin, doubt = found.start(), None
    agency = found["agency"] or found["first"]
    glued = begin > 0 and tail[begin - 1].isalnum()
    slash = found["first"] is not None
    if not glued:
        chain = _NAMES_BEFORE.search(tail[:begin])
        if chain:
            words = [word for word in re.split(r"[\s/]+", chain["names"]) if word]
            begin, slash = chain.start("names"), True
            if len(words) > 3 and "/" not in chain["names"]:
                cut = chain["names"].rsplit(" ", 2)
                begin += len(cut[0]) + 1
                doubt = "where the name before the agency begins is a guess"
    before = tail[:begin].rstrip()
    if before and not slash and not glued:
        if text.endswith("."):
            return None  # "..., reports Reuters."
        previous = before.rsplit(" ", 1)[-1]
        if not before.endswith((",", ":", ";")) and previous[:1].islower() and previous not in SMALL_WORDS:
            if is_ambiguous(agency):
                return None
        elif (is_ambiguous(agency) and not (agency.isupper() and previous[:1].isupper())) or (
            previous.lower() in SMALL_WORDS or before.endswith((",", ":", ";", "&"))
        ):
            return None
        doubt = "no full stop before the agency"
    if glued and is_ambiguous(agency) and agency not in _GLUED:
        return None
    return Tail(
        text[: base + begin], text[base + begin :], "glued to the caption" if glued else "agency", doubt
    )


_NAME: Final = r"(?:[^\W\d_a-zß-ÿа-я][\w.’'-]*|de|la|van|von|der|den|del|al|el|bin|and|&|und|y|et)"
_FILE: Final = r"""(?:[\s/]+(?:File|file|FILE|Files|Pool|POOL|pool|Handout|Archiv|Archive|via\s\S+(?:\s\S+)?
  |Photo|photo|file\ photo|File\ Photo|Images)){0,4}"""
_AGENCY_END = re.compile(
    rf"""(?:(?<![^\W_])|(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=\d)(?=[A-Z]))
      (?:(?P<first>{AGENCY}(?:\s?/\s?{AGENCY}){{0,2}})(?:\s(?:Photo|PHOTO|Images))?(?:\s?/\s?|\s\|\s){_NAME}(?:(?:\s?[/–]\s?|\s-\s|\s){_NAME}){{0,5}}
        |(?P<agency>{AGENCY})){_FILE}\.?\s?\Z""",
    re.VERBOSE,
)
_NAMES_BEFORE = re.compile(rf"(?<![^\W_])(?P<names>{_NAME}(?:\s?[/\s]\s?{_NAME}){{0,6}})\s?/\s?\Z")
_GLUED: Final = frozenset(
    {
        "AP",
        "EPA",
        "PA",
        "Getty",
        "Cedida",
        "Courtesy",
        "Archivo",
        "Keystone",
        "KEYSTONE",
        "Handout",
        "Supplied",
    }
    | {"Bloomberg", "NASA", "ANP", "TASS", "CP", "Alamy", "Twitter", "Facebook", "Instagram"}
    | {"The Associated Press", "Associated Press", "USA TODAY"}
)
"""Ambiguous names that are credits where they are glued to the caption."""
