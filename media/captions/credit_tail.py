"""Recognises the credit at the end of a caption, by rules from the surest to the weakest."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from media.captions.agency import AGENCY, AGENCY_WORD, CONNECTORS, LABEL_WORDS
from media.captions.agency_run import agency_run
from media.captions.credit_parts import TAIL, Tail
from media.captions.credit_phrases import is_phrase, phrase_credit
from media.captions.credit_shape import (
    ABBREVIATION,
    ARTICLES,
    COPYRIGHT,
    COPYRIGHT_SIGNS,
    DONE_TO_IT,
    ENDS_SENTENCE,
    LABELLED,
    LONGEST_ABBREVIATION,
    POSITIONS,
    breaks_off,
    fits_after_label,
    is_credit,
    is_names,
    is_plain,
    stands_alone,
)
from media.captions.east_asian_credit import east_asian_credit, is_east_asian_credit
from media.captions.letters import fold_letters
from media.captions.west_asian_credit import is_west_asian_credit, west_asian_credit

_LONG_CREDIT: Final = 12
"""The most words of a credit without a label."""
_AROUND: Final = " ()[]（）."
CLOSERS: Final = {")": "(", "]": "[", "）": "（", "】": "【", "］": "［", "〕": "〔", ">": "<"}
_OPENERS: Final = tuple(CLOSERS.values())
PHRASE: Final = "a phrase of credits"


def tail_credit(text: str) -> Tail | None:
    """Find the credit that ends a text; the rules are tried from the surest to the weakest."""
    if not text:
        return None
    if (
        text[-1] in CLOSERS
        and text.count(text[-1]) == text.count(CLOSERS[text[-1]]) + 1
        and _SLASH_NAME.search(text)
    ):
        inner = tail_credit(text[:-1])  # a bracket that nobody opened: "... in May. AFP/Ann Lee)"
        return Tail(inner.caption, inner.credit + text[-1], inner.evidence, inner.doubt) if inner else None
    for reading in _READINGS_OF_PROSE if ends_in_prose(text) else _READINGS:
        found = reading(text)
        if found is None:
            continue
        caption = without_separator(found.caption)
        if _closes_more(found.credit):
            continue  # the reading begins inside brackets
        if not caption.strip("()[]（）【】 .,:;"):
            bare = text.strip(_AROUND)
            sure = (
                found.evidence == PHRASE or is_west_asian_credit(bare) or (bare != text and is_phrase(bare))
            )
            if not sure and not stands_alone(text):
                continue
            return Tail("", text, found.evidence, found.doubt)
        # "(Foto: X) (Archiv)", "Foto: X. AFP": a second credit before the first belongs to it.
        for _ in range(_MORE_CREDITS):
            before = _credit_before(caption, found)
            if before is None:
                break
            caption = without_separator(before.caption)
            found = Tail(before.caption, text[len(before.caption) :].strip(), before.evidence)
        return Tail(caption, found.credit.lstrip(" |•·–—-/＝="), found.evidence, found.doubt)
    return None


_NEAR: Final = 60
_SLASH_NAME = re.compile(r"/[^/()]{2,40}\)\Z")
_MORE_CREDITS: Final = 2
"""So many credits before the last one are read."""


def _credit_before(caption: str, last: Tail) -> Tail | None:
    """Return the credit that ends what is before a caption's last credit, if it is sure."""
    if not caption:
        return None
    bracketed = last.credit[:1] in _OPENERS
    before = (
        _bracket(caption) or _labelled_before(caption, bracketed) or _phrase(caption) or _copyright(caption)
    )
    if before is None and bracketed:
        before = _east_asian(caption) or (_separated(caption) if "/" in caption[-_NEAR:] else None)
        if before and not ENDS_SENTENCE.search(without_separator(before.caption)):
            return None
    return before if before and before.doubt is None and before.caption.strip() else None


def _labelled_before(text: str, bracketed: bool) -> Tail | None:
    """Return the labelled credit that ends a text, if a sentence ends before it or the last credit, in brackets, is
    the house of its makers: "Credit: Ann Lee and Bo Ray (Lind Institute)".
    """
    found = _labelled(text) if ":" in text[-TAIL:] else None
    if found is None or ENDS_SENTENCE.search(found.caption.rstrip()):
        return found
    return found if bracketed and _LABEL_COLON.match(found.credit) else None


_LABEL_COLON = re.compile(r"[^\W\d_a-zß-ÿ][^:]{0,30}:\s")


def _closes_more(text: str) -> bool:
    """Return whether a text closes brackets that were open before it."""
    if _CLOSER.search(text) is None:
        return False
    return any(text.count(closer) > text.count(opener) for closer, opener in CLOSERS.items())


_CLOSER = re.compile(f"[{re.escape(''.join(CLOSERS))}]")


def _bracket(text: str) -> Tail | None:
    body = text.rstrip(" .。\"”'’")
    if not body or body[-1] not in CLOSERS:
        return None
    close, opener = body[-1], CLOSERS[body[-1]]
    depth = 0
    for index in range(len(body) - 1, max(-1, len(body) - TAIL), -1):
        depth += (body[index] == close) - (body[index] == opener)
        if not depth:
            break
    else:
        return None
    inside, before = body[index + 1 : -1].strip(), body[:index].rstrip()
    small_agency = (inside.islower() or inside.istitle()) and _AGENCY_IN_CAPITALS.fullmatch(
        inside.upper()
    ) is not None
    credit = body[index:]
    if is_phrase(inside):
        return Tail(before, credit, "in brackets")
    if not inside or DONE_TO_IT.match(inside) or (POSITIONS.fullmatch(inside) and not small_agency):
        return None
    if is_credit(inside, bracketed=True):
        name = _name_before(before) if AGENCY_WORD.fullmatch(inside) else None
        return Tail(before, credit, "in brackets") if name is None else _with_name(text, name)
    if small_agency or is_east_asian_credit(inside) or is_west_asian_credit(inside):
        return Tail(before, credit, "in brackets")
    if (
        (":" not in inside or len(inside.split()) <= 5)
        and ENDS_SENTENCE.search(before)
        and is_names(inside)
        and len(inside.split()) <= 8
        and len(inside) > 2
    ):
        return Tail(before, credit, "names in brackets after the last sentence")
    if is_names(inside) and len(inside.split()) <= 4 and (name := _name_before(before)) is not None:
        doubt = "a name and what may be its house in brackets"
        return Tail(text[:name], text[name:], "names in brackets after the last sentence", doubt)
    return None


def _name_before(text: str) -> int | None:
    """Find the name between the last full stop and an agency in brackets: ("... on Monday. Jane Doe (AFP)")."""
    found = _LAST_NAME.search(text, max(0, len(text) - 60))
    if found is None or not is_names(found["name"]):
        return None
    begin = found.start("name")
    glued = not text[begin - 1].isspace()
    if not glued and (text[begin - 1 - 1] == ")" or ABBREVIATION.search(text[:begin].rstrip())):
        return None
    return begin


def _with_name(text: str, begin: int) -> Tail:
    return Tail(text[:begin], text[begin:], "names with an agency in brackets")


_LAST_NAME = re.compile(
    r"(?:[.…][\"”’»)\]]{0,2}\s?|\))(?P<name>[^\W\d_a-zß-ÿ](?:[\w.-]|[’'](?=[A-Z]))+(?:\s[^\W\d_][\w.-]*){1,3})\Z"
)
_RUN_TOGETHER = re.compile(r"[^\W\d_A-Z]{3}[.…][\"”’»)\]]?\Z|\d{4}\.\Z")
"""The end of a sentence with which a page's next element is run together: "on the quay.Ann Lee"."""
_MIXED = re.compile(r"[a-zß-ÿ][A-ZÀ-Þ]")
"""Words of a page run together ("Log InCreate Account"), or a few names."""
_ENDS_STATEMENT = re.compile(r"[.…。][\"”’»)\]]*\Z")
"""A headline that asks is followed by the name of its site."""


def _labelled(text: str) -> Tail | None:
    start = max(0, len(text) - TAIL)
    for found in LABELLED.finditer(text, start):
        rest = text[found.end() :]
        if _closes_more(rest):
            continue  # it stands in brackets, and what ends the text does not
        if found["colon"] == "/" and found["label"].lower() not in _BEFORE_SLASH:
            continue  # "Michael Ochs Archives/Getty Images"
        if found["colon"] == "/" and _IN_CHAIN.search(text, max(0, found.start() - _NEAR), found.start()):
            continue  # "Ann Lee/Lind Image/Getty Images"
        if found["colon"]:
            fits = fits_after_label(rest) and not _goes_on(text[: found.start()], found["label"], rest)
        elif found["by"]:
            fits = (
                is_names(rest.replace(" on ", " via "))
                and len(rest.split()) <= 10
                and not _names_an_agency(text, found)
                and not (found["label"][:1].islower() and _ends_in_article(text[: found.start()]))
            )
        else:
            fits = is_credit(rest, bracketed=False) or (
                (found.start() == 0 or _begins_anew(text[: found.start()]))
                and (found["label"][:1].isupper() or found.start() > 0)
                and is_names(rest)
                and len(rest.split()) <= (9 if " for " in rest else 5)
            )
        if fits:
            # "AP Photo/Ann Lee", "ST PHOTO: ANN LEE": initials before the label belong to it.
            initials = _INITIALS.search(text, max(0, found.start() - 40), found.start())
            begin = initials.start("initials") if initials else found.start()
            return Tail(text[:begin], text[begin:], "after a label")
    return None


def _ends_in_article(text: str) -> bool:
    """Return whether the word before a label makes it a word of the sentence: "A photograph by Ann Lee of 1971"."""
    return text.rstrip().rpartition(" ")[2].lower() in ARTICLES


_IN_CHAIN = re.compile(r"\w\s?/\s?[^\W\d_a-zß-ÿ][\w.’'-]*\s\Z")
"""The beginning of a house's name in a chain of slashes."""


def _names_an_agency(text: str, label: re.Match[str]) -> bool:
    """Return whether a label is the end of an agency's name: "Getty Images via AFP"."""
    agencies = AGENCY_WORD.finditer(text, max(0, label.start() - 20), label.end("label"))
    return any(agency.start() < label.start() for agency in agencies)


def _begins_anew(before: str) -> bool:
    """Return whether a sentence or a separator ends here: "... into the port / fot. Anna Rajska"."""
    before = before.rstrip()
    return bool(ENDS_SENTENCE.search(before)) or before[-2:] in _SIGNS_BETWEEN


_SIGNS_BETWEEN: Final = (" /", " |", " •", " ·", " –", " —", " -")


def _goes_on(before: str, label: str, rest: str) -> bool:
    """Return whether a label and the text after it are the words of a sentence ("He holds a photo: his son")."""
    return (
        label[:1].islower()
        and rest[:1].islower()
        and before.rstrip()[-1:].islower()
        and not AGENCY_WORD.match(rest)
        and is_plain(rest.split(maxsplit=1)[0])
    )


def _copyright(text: str) -> Tail | None:
    start = max(0, len(text) - TAIL)
    if not any(sign in text for sign in COPYRIGHT_SIGNS):
        return None
    for found in COPYRIGHT.finditer(text, start):
        rest = text[found.end() :]
        if rest and len(rest.split()) <= 12 and not breaks_off(rest):
            return Tail(text[: found.start()], text[found.start() :], "after a copyright sign")
    return None


def _east_asian(text: str) -> Tail | None:
    begin = east_asian_credit(text)
    return None if begin is None else Tail(text[:begin], text[begin:], "East Asian credit")


def _phrase(text: str) -> Tail | None:
    begin = phrase_credit(text)
    return None if begin is None else Tail(text[:begin], text[begin:], PHRASE)


def _west_asian(text: str) -> Tail | None:
    begin = west_asian_credit(text)
    return None if begin is None else Tail(text[:begin], text[begin:], "an agency after a sign")


def _barred(text: str) -> Tail | None:
    """Find names between bars after the last sentence: ("... on Monday. Jane Doe | Archivo | Casa.")."""
    start = max(0, len(text) - TAIL)
    found = _BARS.search(text, start) if any(bar in text[start:] for bar in "|•·") else None
    if found is None:
        return None
    parts = [part.strip(" .") for part in re.split("[|•·]", found["parts"]) if part.strip(" .")]
    named = [part for part in parts if is_names(part)]
    fits = all(part in named or part.lower() in CONNECTORS for part in parts)
    if (
        not (named or all(part.isalpha() for part in parts))
        or len(parts) > 4
        or not fits
        or max(len(part.split()) for part in parts) > 5
    ):
        return None
    return Tail(text[: found.start("parts")], text[found.start("parts") :], "between bars")


_BARS = re.compile(
    r"[.…][\"”’»)\]]{0,2}\s?(?P<parts>\|[^|.]{2,60}|[^|•·.!?]{2,60}(?:[|•·][^|•·.!?]{2,60}){1,3})\.?\s?\Z"
)


def _separated(text: str) -> Tail | None:
    """Find names with an agency, or "Name/Agency", after " | ", a dash, a bullet, or the last sentence."""
    for begin, end, weak in credit_boundaries(text):
        tail = text[end:]
        if is_credit(tail, bracketed=False) or (not weak and _is_named_agency(tail)):
            if end == 0 and (len(tail.split()) > _LONG_CREDIT or not stands_alone(text)):
                continue  # a text in capitals looks like names all through
            if (
                end == 0
                and (parts := tail.split(" / ", 1))[1:]
                and " / " in parts[1]
                and not AGENCY_WORD.search(parts[0])
            ):
                doubt = "the first of three names is taken for the caption"
                return Tail(parts[0], "/ " + parts[1], "after a separator", doubt)
            if (
                weak
                and "/" in text[begin:end]
                and (name := _MAKER_BEFORE_SLASH.search(text, max(0, begin - TAIL), begin))
            ):
                begin = name.start(name.lastgroup or 0)
                tail = text[begin:]
            return Tail(text[:begin], tail, "after a separator" if weak else "after the last sentence")
    return None


def _is_named_agency(text: str) -> bool:
    """Return whether a text is a person's name and an agency, without a sign between them: "Ann Lee AP"."""
    found = _NAMED_AGENCY.fullmatch(text)
    return found is not None and is_names(found["name"])


_NAMED_AGENCY = re.compile(rf"(?P<name>[^\W\d_a-zß-ÿ][\w.’'-]*(?:\s[^\W\d_][\w.’'-]*){{1,3}})\s{AGENCY}")
_MAKER_BEFORE_SLASH = re.compile(
    r"(?:[^\W\d_a-zA-ZÀ-ɏḀ-ỿ][\"”’»)\]]?\s(?P<name>[A-ZÀ-Þ][\w.’'-]*(?:\s[A-ZÀ-Þ][\w.’'-]*){1,3})|\s(?P<handle>@\w{2,30}))\s?\Z"
)
"""A name before " / Agency": one in other letters than the caption, or an account ("@lind / Telegram")."""


def _slashed_name(text: str) -> Tail | None:
    """Return a maker's name after the only slash of a caption: "The ferry comes into the harbour / Ann Lee"."""
    before, slash, name = text.rpartition(" / ")
    words = name.rstrip(".").split()
    if not slash or " / " in before or not 2 <= len(words) <= 3 or len(before.split()) < _MIN_WORDS:
        return None
    plain = sum(map(is_plain, before.split()))
    if plain < 2 or not is_names(name) or not all(word[0].isupper() for word in words):
        return None
    return Tail(before, name, "after a separator", "a name without label or agency")


_MIN_WORDS: Final = 4
"""The least words of a caption before a slash and a name."""


def _trailing_name(text: str) -> Tail | None:
    """Return a short name after the last full stop and without one of its own: ("...in Latin America.
    Twitter").
    """
    if text.endswith((".", "!", "?", "…", "”", '"', "。")):
        return None
    last = text.rpartition(" ")[2]
    if not last[:1].isupper() and last not in CONNECTORS:
        return None
    for begin, end, separator in credit_boundaries(text):
        tail = text[end:]
        words = tail.split()
        if separator and not _ENDS_STATEMENT.search(text[:begin].rstrip()):
            continue
        if (
            not 1 <= len(words) <= (7 if ", " in tail or " for " in tail else 4)
            or len(text[:begin].split()) < 5
        ):
            continue
        if end == begin and (
            len(words) < 2
            or not _RUN_TOGETHER.search(text, max(0, end - LONGEST_ABBREVIATION), end)
            or _MIXED.search(tail)
        ):
            continue
        if is_names(tail) and all(word[0].isupper() or word in CONNECTORS for word in words):
            return Tail(text[:begin], tail, "after the last sentence", "a name without label or agency")
    return None


_READINGS: Final[tuple[Callable[[str], Tail | None], ...]] = (
    _bracket,
    _phrase,
    _labelled,
    _copyright,
    _east_asian,
    _west_asian,
    _barred,
    _separated,
    agency_run,
    _slashed_name,
    _trailing_name,
)
_READINGS_OF_PROSE: Final = (_bracket, _phrase, _east_asian, _west_asian)


def ends_in_prose(text: str) -> bool:
    """Return whether a text surely ends in no credit but one in brackets or of East Asia: its last word is of no name,
    and nothing marks a credit that may hold other words. Half of all captions end so, and this is quick to ask.
    """
    last = text.rstrip(" .,;:!?)]”\"'’»").rpartition(" ")[2]
    if not (last.islower() and "a" <= last[0] <= "z" and is_plain(last)):
        return False
    tail = text[-TAIL:]
    return not any(sign in tail for sign in _CREDIT_SIGNS)


_CREDIT_SIGNS: Final = (":", "：", "...", "/", "=", "via", *COPYRIGHT_SIGNS)


def credit_boundaries(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield where a credit may begin: (end of the caption, begin of the tail, is a separator), left to right."""
    start = max(0, len(text) - TAIL)
    found: list[tuple[int, int, bool]] = [(0, 0, True)] if start == 0 else []
    found += [(m.start(), m.end(), True) for m in _SEPARATOR.finditer(text, start)]
    found += [
        (len(text[: m.end()].rstrip()), m.end(), False)
        for m in _SENTENCE_END.finditer(text, start)
        if not ABBREVIATION.search(text, max(0, m.start() - LONGEST_ABBREVIATION), m.start() + 1)
    ]
    run_in = _RUN_IN.search(text, max(start, len(text) - _LONGEST_RUN_IN)) if "/" in text else None
    if run_in and (" " in run_in["maker"] or fold_letters(run_in["maker"]) in LABEL_WORDS):
        found.append((run_in.start("maker"), run_in.start("maker"), False))
    yield from sorted(found)


def without_separator(text: str) -> str:
    """Remove the separator that a credit left behind."""
    return text.rstrip(" |•·–—-/＝=、").rstrip() if text else text


_SEPARATOR = re.compile(r"\s[|•·]\s?|[|•]\s?|\s[–—-]{1,2}\s?(?=\S)|\s//?\s|(?<=[.!?])\s?[/–—]\s?")
_SENTENCE_END = re.compile(
    r"[.!?…。][\"”’»)\]]{0,2}\s?(?=[^\W\d_a-zß-ÿ]|[a-z]{3,5}(?:/|\Z)|imago|picture|iStock|\d{1,3}(?:st|nd|rd|th)\s[A-Z])"
)
_RUN_IN = re.compile(
    r"[^\W\d_A-ZÀ-Þ]{3}(?P<maker>[^\W\d_a-zß-ÿ][^\W\d_A-ZÀ-Þ]+(?:\s(?:d[aeo]s?\s)?[^\W\d_a-zß-ÿ][\w.’'-]+){0,3})\s?/\s?[^\W\d_a-zß-ÿ]"
)
"""A maker before a slash, run together with the caption: "the old quayAnn Lee / Lind", "the quayDivulgação/Lind"."""
_LONGEST_RUN_IN: Final = 90
_BEFORE_SLASH: Final = frozenset({"photo", "foto", "image", "사진", "写真", "图", "圖", "图片"})
_INITIALS: Final = re.compile(
    rf"(?:\A|[.!?…|–—-]\s*)(?P<initials>(?:{AGENCY}|[A-Z]{{2,6}}|Staff|Photo|Handout|Courtesy|File)\s?)\Z"
)
_AGENCY_IN_CAPITALS: Final = re.compile(AGENCY)
