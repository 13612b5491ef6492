"""What can be seen of a line of plain text: its own signs, its neighbours', its place in the document.

Signals are named so that a person can read them as evidence; :mod:`media.articles.text.lines` weighs them. Nothing
here knows a publisher, and words of a language only help: most signals are shape, repetition and position.
"""

import re
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Final

from media.articles.text.line_words import AUTHOR, CAPTION, FURNITURE, OFFERS, REPORTING
from media.captions.credit import CreditSplit, is_credit_only, split_credit
from media.captions.dates import find_dates


@dataclass(frozen=True, slots=True)
class LineView:
    """A line with what is seen of it."""

    text: str
    split: CreditSplit
    credit_only: bool
    key: str
    """Its letters and digits in lower case: lines with equal keys are copies."""
    words: int
    """Words; in scripts without spaces, half the characters."""
    paragraph: bool
    """Long and ended as a sentence: what articles are made of."""
    signals: dict[str, float]


RECURS: Final = "recurs in the source"
"""The signal of a line that other documents of its source have too."""


def view_lines(lines: Sequence[str], known_boilerplate: Container[str] = ()) -> list[LineView]:
    """See every line of a document in its context. ``known_boilerplate`` holds :func:`line_key` of lines
    that are known to recur across the documents of the source.
    """
    own = [_OwnView.of(text) for text in lines]
    copies = Counter(view.key for view in own if view.key)
    paragraphs = [index for index, view in enumerate(own) if view.paragraph]
    vocabulary = _vocabulary(own, paragraphs)
    placed: dict[str, set[str]] = {}
    for view in own:
        if view.placed_date:
            placed.setdefault(view.placed_date, set()).add(view.key)
    for view in own:
        if view.placed_date and len(placed[view.placed_date]) > 1:
            view.signals["shares place and date with another line"] = 1.0
            view.signals["sure signs of a caption"] = 2.0
    return [
        LineView(
            view.text,
            view.split,
            view.credit_only,
            view.key,
            view.words,
            view.paragraph,
            {
                "always": 1.0,
                **view.signals,
                **_neighbour_signals(own, index),
                **_place_signals(own, paragraphs, index),
                **_copy_signals(own, copies, index, known_boilerplate),
                **_echo_signals(view, vocabulary),
                **_repeated_sentence(own, paragraphs, index),
            },
        )
        for index, view in enumerate(own)
    ]


def line_key(text: str) -> str:
    """Return the key under which copies of a line are the same: letters and digits in lower case."""
    return _NOT_LETTERS.sub("", text).casefold()


_NOT_LETTERS: Final = re.compile(r"[\W_]+")
_TOKEN: Final = re.compile(r"[^\W\d_]+")
_UNSPACED: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_ENDS: Final = re.compile(r"""[.!?…。！？؟।][\"'”’»)\]」』]*\Z""")
_SIGNS: Final = "|/\\-–—•·.,:;!?<>()[]{}*+=_#&%$@~^\"'"
_DIGITS: Final = re.compile(r"\d")
_SENTENCE: Final = re.compile(r"""[^\W\d_]{2,}[.!?…][\"'”’»)\]]*\s+(?=[^\W\d_a-zß-ÿ])|[。！？](?=.)""")
_QUOTED: Final = re.compile(r"[\"“”„«»「『‘]")
_ADDRESS: Final = re.compile(
    r"https?://|www\.|\b[\w.-]+@[\w-]+\.|\b[\w-]+\.(?:com|org|net|de|fr|co\.uk|info)\b", re.IGNORECASE
)
_CLOCK: Final = re.compile(
    r"\b\d{1,2}[:.]\d{2}\b|\b\d{1,2} ?[ap]\.?m\b|\b\d+ ?(?:min|hours?|days?|minutes?|weeks?) ", re.IGNORECASE
)
_BYLINE: Final = re.compile(
    r"(?:by|von|par|por|di|door|av|af|text:?|author:?|автор:?|reporting by)\s+[^\W\d_]", re.IGNORECASE
)
_COUNTER: Final = re.compile(r"(?:\w+ )?\d{1,3} ?(?:/|of|von|de) ?/? ?\d{1,3}\.?\Z", re.IGNORECASE)
_BARS: Final = re.compile(r"\s[|·•›»>]\s|\|")
_GLUED: Final = re.compile(r"[a-zß-ÿ][A-Z][a-zß-ÿ]")
_CAPS_LEAD: Final = re.compile(r"[A-ZÀ-Þ]{4,}[A-ZÀ-Þ ]*:?\s")
_DATELINE: Final = re.compile(r"[A-ZÀ-Þ][\w.,’' -]{2,45}(?:\([\w/ ]+\)|,\s[\w. ]+)?\s?(?:--|[—–]|\s-)\s")
_BEGINS_AS_CAPTION: Final = re.compile(
    r"(?:图注|图为|圖為|写真は|写真：|사진은|△|▲|▼|Im Bild|Auf dem (?:Bild|Foto)|Das (?:Bild|Foto)"
    r"|In this (?:\w+ ){0,6}(?:photo|image|picture)"
    r"|(?:A |An )?(?:file )?"
    r"(?:photo|image|picture|illustration|rendering|screenshot|view|aerial view|general view|photograph)"
    r" (?:shows?|of|from|taken)"
    r"|This (?:photo|image|picture|illustration)|Pictured|Seen here"
    r"|(?:Image|Photo|Picture|Foto|Bild|Imagen|Caption): |На (?:фото|снимке)|En la (?:imagen|foto)"
    r"|Nella foto|Na foto|Sur (?:la|cette) photo)",
    re.IGNORECASE,
)
_BEFORE_DATE: Final = re.compile(
    r"\b(?:on|by|since|until|till|before|after|from|of|in|am|vom|seit|bis|zum|den|le|du|depuis|el|desde|del|hasta|il|dal|em|de"
    r"|op|sinds|den|fra|от|с|до|по|dnia|od|do)\s\Z",
    re.IGNORECASE,
)
"""Words that make a date a part of its sentence."""
_CLOSES: Final = re.compile(
    r"(?:,? (?:in|at|near|outside) (?:[^\W\d_a-zß-ÿ][\w.’'-]*,? ?){1,5})?(?<![\s,])"
    r"(?:[.!]?[\"”’)]*(?:\Z|\s*\(|\s+(?=[^\W\d_a-zß-ÿ])))"
)
_PAREN: Final = re.compile(
    r"\((?:[a-z]{1,3}\.?|[LRC]|left|right|c|l|r|v\.? ?[lr]\.?|左|右|中)\)", re.IGNORECASE
)


def _sizes(words: int) -> str:
    for limit, name in (
        (0, "no words"),
        (2, "1-2 words"),
        (5, "3-5 words"),
        (9, "6-9 words"),
        (15, "10-15 words"),
        (25, "16-25 words"),
        (45, "26-45 words"),
    ):
        if words <= limit:
            return name
    return "over 45 words"


def _coarse(view: "_OwnView | None") -> str:
    if view is None:
        return "none"
    if view.credit_only:
        return "credit"
    if view.paragraph:
        return "paragraph"
    if view.words <= 3:
        return "short"
    return "sentence" if view.ends else "phrase"


@dataclass(frozen=True, slots=True)
class _OwnView:
    text: str
    split: CreditSplit
    credit_only: bool
    key: str
    words: int
    ends: bool
    paragraph: bool
    furniture: int
    tokens: frozenset[str]
    placed_date: str | None
    """The words around a place and date that close a sentence."""
    signals: dict[str, float]

    @classmethod
    def of(cls, text: str) -> "_OwnView":
        head = text[:2000]
        split = split_credit(text)
        credit_only = is_credit_only(text)
        tokens = _TOKEN.findall(head)
        unspaced = len(_UNSPACED.findall(head))
        words = sum(1 for word in text.split() if not word.isascii() or word.strip(_SIGNS))
        if unspaced:
            words = len(_UNSPACED.sub(" ", head).split()) + unspaced // 2
        if not tokens and not _DIGITS.search(head):
            words = 0
        ends = _ENDS.search(text[-6:]) is not None
        sentences = 1 + len(_SENTENCE.findall(head))
        furniture = len(FURNITURE.findall(head)) if words <= 25 else 0
        paragraph = words >= 18 and ends and split.credit_line is None
        size = _sizes(words)
        end = "ends as a sentence" if ends else "no full stop"
        s: dict[str, float] = {f"{size}, {end}": 1.0}
        if sentences > 1:
            s["several sentences"] = min(sentences - 1, 4) / 2
        if split.credit_line and not credit_only:
            s["credit: " + (split.evidence or "")] = 1.0
            s["credit, " + ("doubtful" if split.doubt else "sure")] = 1.0
            s["credit, " + ("long" if words > 60 else "short" if words < 6 else "fit") + " text"] = 1.0
        elif split.doubt:
            s["may end in a credit"] = 1.0
        if credit_only:
            s["credit alone"] = 1.0
        placed_date = None
        dates = find_dates(head) if words <= 80 else ()
        if dates:
            outside = words - len(head[dates[0].start : dates[-1].end].split())
            s["date alone" if outside <= 3 else "date in it"] = 1.0
            if outside > 3 and len(head) - dates[-1].end <= 25 and words > 5:
                s["date at the end"] = 1.0
            clock = _CLOCK.search(head) is not None
            for date in dates:
                if clock or len(date.iso) != 10 or words < 7 or not _closes(head, date.end):
                    continue
                s["full date closes a sentence"] = 1.0
                if head[max(0, date.start - 2) : date.start].strip() == "," and date.start > 12:
                    s["place and date close a sentence"] = 1.0
                    placed_date = line_key(head[max(0, date.start - 20) : date.end])
            for date in dates:
                if len(date.iso) == 10 and date.iso[0] != "-" and outside > 4:
                    leading = _BEFORE_DATE.search(head, max(0, date.start - 12), date.start) is not None
                    amid = (
                        "amid"
                        if not _closes(head, date.end)
                        else "after a preposition"
                        if leading
                        else "apart"
                    )
                    s[f"full date, {amid}"] = 1.0
        if split.lead:
            s["lead-in"] = 1.0
        if _BEGINS_AS_CAPTION.match(head):
            s["begins as captions do"] = 1.0
        signs = (
            split.lead is not None,
            split.credit_line is not None and not credit_only and not split.doubt and 3 <= words <= 70,
            _BEGINS_AS_CAPTION.match(head) is not None,
            placed_date is not None,
        )
        if any(signs):
            s["sure signs of a caption"] = float(min(sum(signs), 2))
        if furniture:
            s["furniture words"] = min(furniture, 3) / max(1.0, words / 5)
            s["furniture words, " + ("short" if words <= 5 else "middling" if words <= 15 else "long")] = 1.0
            opening = FURNITURE.match(head)
            if opening and re.match(r"\s?[:|】»>–—-]", head[opening.end() :]):
                s["begins with furniture and a sign"] = 1.0
        if words > 5 and OFFERS.search(head):
            s["speaks to its reader"] = 1.0
        if words > 5 and AUTHOR.search(head):
            s["speaks of its author"] = 1.0
        if not split.text and not split.credit_line:
            s["interface words alone"] = 1.0
        if words <= 60:
            if caption_words := len(CAPTION.findall(head)):
                s["caption words"] = min(caption_words, 3) / 2
            if _PAREN.search(head):
                s["position in brackets"] = 1.0
        if REPORTING.search(head):
            s["reported speech"] = 1.0
        if _QUOTED.search(head):
            s["quotation marks"] = 1.0
            if head[0] in "\"“„«「‘'":
                s["begins with a quotation"] = 1.0
        if _CLOCK.search(head):
            s["clock time"] = 1.0 if words <= 20 else 0.2
        if _ADDRESS.search(head):
            s["address"] = 1.0
        if words <= 12 and not ends and _BYLINE.match(head):
            s["byline"] = 1.0
        if _COUNTER.fullmatch(head):
            s["counter"] = 1.0
        if _BARS.search(head):
            s["bars or bullets"] = 1.0
        if _GLUED.search(head) and words <= 20:
            s["words glued"] = 1.0
        if text.endswith(":"):
            s["ends with a colon"] = 1.0
        elif text.endswith("?") and words <= 20:
            s["question"] = 1.0
        elif text.endswith(("...", "…")):
            s["ends with dots"] = 1.0
        elif text.endswith((",", ";")):
            s["ends with a comma"] = 1.0
        if head[0].islower():
            s["begins small"] = 1.0
        if head[0].isdigit():
            s["begins with a number"] = 1.0
        if _CAPS_LEAD.match(head) and words >= 5:
            s["begins in capitals"] = 1.0
        if _DATELINE.match(head[:70]) and words > 12:
            s["dateline"] = 1.0
        cased = [word for word in tokens[1:] if word[0].isupper() or word[0].islower()]
        if len(cased) >= 3:
            share = sum(word[0].isupper() for word in cased) / len(cased)
            s["capitals"] = share if words <= 25 else 0.0
            if share > 0.8 and words <= 12:
                s["all words capital"] = 1.0
        if not tokens:
            s["no letters"] = 1.0
        digits = sum(map(str.isdigit, head)) / len(head)
        if digits > 0.2:
            s["mostly digits"] = 1.0
        key = line_key(text)
        return cls(
            text, split, credit_only, key, words, ends, paragraph, furniture, _content(tokens), placed_date, s
        )


def _closes(text: str, end: int) -> bool:
    """Whether a sentence ends at a date, or after it and a place ("..., 2020, in Olympia")."""
    return _CLOSES.match(text, end) is not None


def _neighbour_signals(own: Sequence[_OwnView], index: int) -> dict[str, float]:
    view = own[index]
    before = own[index - 1] if index else None
    after = own[index + 1] if index + 1 < len(own) else None
    s: dict[str, float] = {f"before it: {_coarse(before)}": 1.0, f"after it: {_coarse(after)}": 1.0}
    for name, near in (("before", before), ("after", after)):
        if near is None:
            continue
        if near.credit_only and view.words >= 2 and not view.credit_only:
            s[f"a credit {name} it, {_coarse(view)}"] = 1.0
            beyond_index = index + (2 if name == "after" else -2)
            beyond = own[beyond_index] if 0 <= beyond_index < len(own) else None
            if beyond is None or beyond.words > view.words or beyond.furniture:
                s[f"a credit {name} it is nearer to it"] = 1.0
        if near.furniture and near.words <= 8:
            s[f"furniture {name} it"] = 1.0
        if "counter" in near.signals:
            s[f"counter {name} it"] = 1.0
        if near.split.credit_line and not near.credit_only:
            s[f"a caption with credit {name} it"] = 1.0
        if "date alone" in near.signals or "byline" in near.signals:
            s[f"date or byline {name} it"] = 1.0
    if before and after and before.paragraph and after.paragraph:
        s[f"between paragraphs: {_coarse(view)}"] = 1.0
    window = [own[i] for i in range(max(0, index - 3), min(len(own), index + 4)) if i != index]
    if window:
        s["paragraphs around"] = sum(near.paragraph for near in window) / len(window)
        s["short lines around"] = sum(near.words <= 4 for near in window) / len(window)
    return s


def _place_signals(own: Sequence[_OwnView], paragraphs: Sequence[int], index: int) -> dict[str, float]:
    view = own[index]
    if not paragraphs:
        return {"no paragraphs at all": 1.0}
    size = "long" if view.words >= 18 else "middling" if view.words >= 6 else "short"
    if index < paragraphs[0]:
        distance = paragraphs[0] - index
        return {
            "before the first paragraph": 1.0,
            f"{'just' if distance <= 3 else 'far'} before it: {size}": 1.0,
        }
    if index > paragraphs[-1]:
        distance = index - paragraphs[-1]
        where = "just" if distance <= 1 else "soon" if distance <= 4 else "far"
        return {"after the last paragraph": 1.0, f"{where} after it: {size}": 1.0}
    s = {f"amid paragraphs: {size}": 1.0}
    if index == paragraphs[0]:
        s["first paragraph"] = 1.0
    if index == paragraphs[-1]:
        s["last paragraph"] = 1.0
    return s


def _copy_signals(
    own: Sequence[_OwnView], copies: Counter[str], index: int, known_boilerplate: Container[str]
) -> dict[str, float]:
    view = own[index]
    s: dict[str, float] = {}
    if view.key in known_boilerplate:
        s[RECURS] = 1.0
    if not view.key or view.words < 3:
        return s
    kind = "credit" if view.credit_only else "long" if view.words >= 6 else "short"
    if copies[view.key] > 1:
        s[f"repeated: {kind}"] = 1.0
        near = [other for other in own[max(0, index - 3) : index + 4] if other.key == view.key]
        if len(near) > 1:
            s[f"repeated close by: {kind}"] = 1.0
        if copies[view.key] > 3:
            s["repeated often"] = 1.0
    elif view.words >= 5:
        prefix = view.key[:24]
        close = own[max(0, index - 4) : index] + own[index + 1 : index + 5]  # type: ignore[operator]
        if len(prefix) == 24 and any(other.key.startswith(prefix) for other in close):
            s["begins like a line close by"] = 1.0
    return s


def _vocabulary(own: Sequence[_OwnView], paragraphs: Sequence[int]) -> tuple[frozenset[str], frozenset[str]]:
    lede = [own[index].tokens for index in paragraphs[:3]]
    return frozenset().union(*lede), frozenset().union(*(own[index].tokens for index in paragraphs[3:60]))


def _repeated_sentence(own: Sequence[_OwnView], paragraphs: Sequence[int], index: int) -> dict[str, float]:
    """Whether a sentence of the line says again what one of the first paragraphs says."""
    view = own[index]
    if view.words > 80 or index in paragraphs[:2]:
        return {}
    for sentence in _SENTENCE.split(view.text[:2000]):
        tokens = _content(_TOKEN.findall(sentence))
        if len(tokens) < 6:
            continue
        for other in paragraphs[:4]:
            if other != index and len(tokens & own[other].tokens) >= 0.8 * len(tokens):
                return {"a sentence repeats the lede": 1.0}
    return {}


def _content(tokens: Sequence[str]) -> frozenset[str]:
    return frozenset(token.casefold() for token in tokens if len(token) > 3 or _UNSPACED.search(token))


def _echo_signals(view: _OwnView, vocabulary: tuple[frozenset[str], frozenset[str]]) -> dict[str, float]:
    if view.paragraph or len(view.tokens) < 3:
        return {}
    lede, rest = vocabulary
    size = "sentence" if view.ends else "phrase"
    return {
        f"echoes the lede, {size}": len(view.tokens & lede) / len(view.tokens),
        f"speaks of the article, {size}": len(view.tokens & (lede | rest)) / len(view.tokens),
    }
