"""Signals of a line of plain text alone: its length, signs, credit, dates, words.

Signals are named so that a person can read them as evidence. Most are shape; words of a language only help.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from media.articles.text.line_words import AUTHOR, CAPTION, CAPTION_LABEL, FURNITURE, OFFERS, REPORTING
from media.captions.credit import CreditSplit, is_credit_only, split_credit
from media.captions.credit_shape import is_names
from media.captions.dates import FoundDate, find_dates

_SIGN_NEXT: Final = re.compile(r"\s?[:|】»>–—-]")
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
_DATELINE: Final = re.compile(
    r"\([^()]{2,30}\)\s?(?:--|[—–-])\s|[A-ZÀ-Þ][\w.,’' -]{2,45}(?:\([\w/ ]+\)|,\s[\w. ]+)?\s?(?:--|[—–]|\s-)\s"
)
_CUT_SHORT: Final = re.compile(r"…? ?\[\+\d+ chars\]\Z")
"""What an interface writes where it cuts an article short."""
_SENTENCE_WORDS: Final = 12
_LABELLED_NAME: Final = re.compile(
    r"(?:Image|Photo|Picture|Foto|Bild|Imagen|Imagem)\s?: ?[^\W\d_a-zß-ÿ][\w.’'&-]*(?: [\w.’'&-]+){0,3}(?<![.])"
)
_WIRE_OPENS: Final = re.compile(r"\([^()]{2,30}\)\s?(?:--|[—–-])\s?[^\W\d_]")
"""The agency of a story whose place is left out: "(Agency) — The bridge ..."; what follows is no caption."""
LABELLED: Final = "labelled as a caption"
"""The signal of a line that a page calls a caption."""
_LABEL: Final = re.compile(CAPTION_LABEL)
_BEGINS_AS_CAPTION: Final = re.compile(
    rf"(?:{CAPTION_LABEL}"
    r"|图注|图为|圖為|写真は|写真：|사진은|△|▲|▼|Im Bild|Auf dem (?:Bild|Foto)|Das (?:Bild|Foto)"
    r"|In this (?:\w+ ){0,6}(?:photo|image|picture)"
    r"|(?:A |An )?(?:file )?"
    r"(?:photo|image|picture|illustration|rendering|screenshot|view|aerial view|general view|photograph)"
    r" (?:shows?|of|from|taken)"
    r"|(?:An? )?(?:map|graphic|infographic|chart|graph|diagram|sketch)(?: of (?:\w+ ){1,4})?\s?"
    r"(?:showing|shows|depicting)"
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
_BYLINE_END: Final = re.compile(r"\b(?:by|von|par|por|di|door|av|af)(?: [A-ZÀ-Þ][\w.’'-]+){2,3}\Z")
_NAME: Final = re.compile(r"[^\W\d_][\w.’'-]*(?: [^\W\d_][\w.’'-]*){0,3}")
_PAREN: Final = re.compile(
    r"\((?:[a-z]{1,3}\.?|[LRC]|left|right|c|l|r|v\.? ?[lr]\.?|左|右|中)\)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class LoneLine:
    """A line with what is seen of it alone."""

    text: str
    split: CreditSplit
    credit_only: bool
    key: str
    words: int
    ends: bool
    paragraph: bool
    furniture: int
    in_capitals: bool
    """A name in capitals and nothing else: a person's, or a house's."""
    tokens: frozenset[str]
    placed_date: str | None
    """The words around a place and date that close a sentence."""
    signals: dict[str, float]


def view_line(text: str, *, last: bool = False) -> LoneLine:
    """Return the signals of a line alone, from its first 2,000 characters.

    The last line of a text may be cut short: it counts as ended if it is long enough for a sentence.
    """
    head = text[:2000]
    split = CreditSplit(text) if _WIRE_OPENS.match(head) else split_credit(text)
    credit_only = is_credit_only(text) or _LABELLED_NAME.fullmatch(text) is not None
    tokens = _TOKEN.findall(head)
    words = _count_words(text, head, tokens)
    ends = _ENDS.search(text[-6:]) is not None or _CUT_SHORT.search(text[-24:]) is not None
    furniture = len(FURNITURE.findall(head)) if words <= 25 else 0
    is_prose = words >= _SENTENCE_WORDS * (1 + len(FURNITURE.findall(head)))
    if last and is_prose and not (ends or split.credit_line):
        ends = text[-1].isalnum()
    from_dates, placed_date = _date_signals(head, words)
    sure = (
        split.lead is not None,
        split.credit_line is not None and not credit_only and not split.doubt and 3 <= words <= 70,
        _BEGINS_AS_CAPTION.match(head) is not None,
        placed_date is not None,
    )
    signals = {
        **_length_signals(head, words, ends),
        **_credit_signals(split, credit_only, words),
        **from_dates,
        **_lead_signals(split, head),
        **({"sure signs of a caption": float(min(sum(sure), 2))} if any(sure) else {}),
        **_furniture_signals(head, words, furniture),
        **_wording_signals(split, head, words, ends),
        **_shape_signals(text, head, words, tokens),
    }
    return LoneLine(
        text,
        split,
        credit_only,
        line_key(text),
        words,
        ends,
        paragraph=words >= 18 and ends and split.credit_line is None,
        furniture=furniture,
        in_capitals=not (credit_only or furniture or ends or words > 4 or _DIGITS.search(text))
        and text.isupper()
        and _NAME.fullmatch(text) is not None
        and is_names(text),
        tokens=content_words(tokens),
        placed_date=placed_date,
        signals=signals,
    )


def line_key(text: str) -> str:
    """Return the key under which copies of a line are the same: letters and digits in lower case."""
    return _NOT_LETTERS.sub("", text).casefold()


def _count_words(text: str, head: str, tokens: Sequence[str]) -> int:
    """Count words; in scripts without spaces, half the characters are taken for their number."""
    if not tokens and not _DIGITS.search(head):
        return 0
    if unspaced := len(_UNSPACED.findall(head)):
        return len(_UNSPACED.sub(" ", head).split()) + unspaced // 2
    return sum(1 for word in text.split() if not word.isascii() or word.strip(_SIGNS))


def _length_signals(head: str, words: int, ends: bool) -> dict[str, float]:
    end = "ends as a sentence" if ends else "no full stop"
    s: dict[str, float] = {f"{_sizes(words)}, {end}": 1.0}
    sentences = 1 + len(_SENTENCE.findall(head))
    if sentences > 1:
        s["several sentences"] = min(sentences - 1, 4) / 2
    return s


def _credit_signals(split: CreditSplit, credit_only: bool, words: int) -> dict[str, float]:
    s: dict[str, float] = {}
    if split.credit_line and not credit_only:
        s["credit: " + (split.evidence or "")] = 1.0
        s["credit, " + ("doubtful" if split.doubt else "sure")] = 1.0
        s["credit, " + ("long" if words > 60 else "short" if words < 6 else "fit") + " text"] = 1.0
    elif split.doubt:
        s["may end in a credit"] = 1.0
    if credit_only:
        s["credit alone"] = 1.0
    return s


def _date_signals(head: str, words: int) -> tuple[dict[str, float], str | None]:
    """Return what the dates of a line show, and the key of the place and date that close a sentence."""
    dates = find_dates(head) if words <= 80 else ()
    if not dates:
        return {}, None
    outside = words - len(head[dates[0].start : dates[-1].end].split())
    s: dict[str, float] = {"date alone" if outside <= 3 else "date in it": 1.0}
    if outside > 3 and len(head) - dates[-1].end <= 25 and words > 5:
        s["date at the end"] = 1.0
    full = [date for date in dates if len(date.iso) == 10]
    placed_date = None
    if words >= 7 and not _CLOCK.search(head):
        for date in (one for one in full if _closes(head, one.end)):
            s["full date closes a sentence"] = 1.0
            if head[max(0, date.start - 2) : date.start].strip() == "," and date.start > 12:
                s["place and date close a sentence"] = 1.0
                placed_date = line_key(head[max(0, date.start - 20) : date.end])
    if outside > 4:
        s |= {f"full date, {_date_stands(head, date)}": 1.0 for date in full if date.iso[0] != "-"}
    return s, placed_date


def _date_stands(head: str, date: FoundDate) -> str:
    """Return how a date is placed in its sentence: in captions it is separate, at the end."""
    leading = _BEFORE_DATE.search(head, max(0, date.start - 12), date.start)
    if not _closes(head, date.end):
        return "opens the sentence" if leading and date.start <= 12 else "amid"
    return "after a preposition" if leading else "apart"


def _closes(text: str, end: int) -> bool:
    """Return whether a sentence ends at a date, or after a date and a place ("..., 2020, in Olympia")."""
    return _CLOSES.match(text, end) is not None


def _lead_signals(split: CreditSplit, head: str) -> dict[str, float]:
    s: dict[str, float] = {}
    if split.lead:
        s["lead-in"] = 1.0
    if _BEGINS_AS_CAPTION.match(head):
        s["begins as captions do"] = 1.0
    if _LABEL.match(head):
        s[LABELLED] = 1.0
    return s


def _furniture_signals(head: str, words: int, furniture: int) -> dict[str, float]:
    if not furniture:
        return {}
    length = "short" if words <= 5 else "middling" if words <= 15 else "long"
    s = {
        "furniture words": min(furniture, 3) / max(1.0, words / 5),
        f"furniture words, {length}": 1.0,
    }
    opening = FURNITURE.match(head)
    if opening and _SIGN_NEXT.match(head, opening.end()):
        s["begins with furniture and a sign"] = 1.0
    return s


def _wording_signals(split: CreditSplit, head: str, words: int, ends: bool) -> dict[str, float]:
    few = words <= 60
    caption_words = len(CAPTION.findall(head)) if few else 0
    seen = {
        "speaks to its reader": words > 5 and OFFERS.search(head),
        "speaks of its author": words > 5 and AUTHOR.search(head),
        "interface words alone": not split.text and not split.credit_line,
        "caption words": caption_words,
        "position in brackets": few and _PAREN.search(head),
        "reported speech": REPORTING.search(head),
        "quotation marks": _QUOTED.search(head),
        "begins with a quotation": _QUOTED.search(head) and head[0] in "\"“„«「‘'",
        "clock time": _CLOCK.search(head),
        "address": _ADDRESS.search(head),
        "ends with a byline": words > 5 and not split.credit_line and _BYLINE_END.search(head[-60:]),
        "byline": words <= 12 and not ends and _BYLINE.match(head),
    }
    s = {name: 1.0 for name, found in seen.items() if found}
    if caption_words:
        s["caption words"] = min(caption_words, 3) / 2
    if "clock time" in s and words > 20:
        s["clock time"] = 0.2
    return s


def _shape_signals(text: str, head: str, words: int, tokens: Sequence[str]) -> dict[str, float]:
    seen = {
        "counter": _COUNTER.fullmatch(head),
        "bars or bullets": _BARS.search(head),
        "words glued": words <= 20 and _GLUED.search(head),
        **_end_signs(text, words),
        "begins small": head[0].islower(),
        "begins with a number": head[0].isdigit(),
        "begins in capitals": words >= 5 and _CAPS_LEAD.match(head),
        "dateline": words > 12 and _DATELINE.match(head[:70]),
    }
    s = {name: 1.0 for name, found in seen.items() if found}
    cased = [word for word in tokens[1:] if word[0].isupper() or word[0].islower()]
    if len(cased) >= 3:
        share = sum(word[0].isupper() for word in cased) / len(cased)
        s["capitals"] = share if words <= 25 else 0.0
        if share > 0.8 and words <= 12:
            s["all words capital"] = 1.0
    if not tokens:
        s["no letters"] = 1.0
    if sum(map(str.isdigit, head)) / len(head) > 0.2:
        s["mostly digits"] = 1.0
    return s


def _end_signs(text: str, words: int) -> dict[str, bool]:
    """Return the sign at the end of a line, at most one."""
    if text.endswith("?"):
        return {"question": words <= 20}
    return {
        "ends with a colon": text.endswith(":"),
        "ends with dots": text.endswith(("...", "…")),
        "ends with a comma": text.endswith((",", ";")),
    }


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


def content_words(tokens: Sequence[str]) -> frozenset[str]:
    """Return the words that say something: longer than three letters, or of a script without spaces."""
    return frozenset(token.casefold() for token in tokens if len(token) > 3 or _UNSPACED.search(token))


def words_of(text: str) -> list[str]:
    """Return the words of a text that have letters."""
    return _TOKEN.findall(text)


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text."""
    return _SENTENCE.split(text)
