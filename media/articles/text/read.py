"""Plain-text articles, as corpora keep them: one block a line, or paragraphs with blank lines."""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from typing import Final

from media.articles.article import Article, Hints
from media.articles.article.byline import read_byline, read_dateline
from media.articles.article.language import guess_language
from media.articles.text.line_alone import line_key
from media.articles.text.lines import JudgedLine, judge_lines
from media.articles.text.pieces import UNSPACED, are_sentences, body_text, split_pieces
from media.captions.caption import Placement, doubted
from media.captions.dates import find_dates
from media.captions.facts import caption_with_facts
from media.decoding.encoding import decode_text, looks_like_text
from media.errors import ArticleError
from media.left_out import take


def read_document(data: bytes, hints: Hints) -> Article:
    """:func:`read_text`, of a record."""
    return read_text(data, name=hints.name)


def read_text(
    data: bytes,
    *,
    charset: str | None = None,
    name: str | None = None,
    known_boilerplate: Container[str] = (),
) -> Article:
    """Read an article from the bytes of a text file.

    ``charset`` is the declared charset; ``name`` is used in messages. ``known_boilerplate`` holds
    :func:`media.articles.text.line_signals.line_key` of lines that recur across documents of one source. A catalogue
    that has scanned some of them can provide the keys that other documents of the source have too. A caption with signs
    of its own never becomes furniture because of this. (Measured on 34 documents of publishers with two to seven:
    leaked furniture .073 to .071, no body line and no caption lost.)

    Every line that is a caption becomes a :class:`Placement` of origin ``text-line``, at its position among the lines
    that are not empty. Copies of a caption are placements of their own. The body has the lines of the article, without
    sign-offs and related links.

    Raises :class:`ArticleError` if the file is not text, or has none.
    """
    shown = name or "the file"
    if not looks_like_text(data):
        raise ArticleError(
            f"{shown} is binary data, not text",
            "Check what the file holds: its name says text, its bytes do not.",
        )
    decoded = decode_text(data, declared=charset)
    pieces = split_pieces(decoded.text)
    lines = [piece.text for piece in pieces]
    if not lines:
        raise ArticleError(f"{shown} has no text", "The file is empty: restore it from its source.")
    searched = take(lines, _MOST_LINES, "lines", "was not searched for captions")
    judged = _notes_kept(
        judge_lines(searched, known_boilerplate=known_boilerplate, sentences=are_sentences(pieces))
    )
    told = {index for index, line in enumerate(judged) if line.role == "body"}
    body = body_text(pieces, told.union(range(_MOST_LINES, len(lines))))
    first = next((index for index, line in enumerate(judged) if line.role == "body"), len(judged))
    opening = judged[: first + 1]
    return Article(
        body=body,
        headline=_headline(judged[:first], body),
        byline=_byline(opening),
        dateline=read_dateline(judged[first].text) if first < len(judged) else None,
        published_at=_published(judged[:first]) or _published(_below_summary(judged, first)),
        language=guess_language(body or "\n".join(lines[:200])),
        placements=tuple(doubted(place_captions(judged), decoded.doubt)),
    )


# No article has so many lines; what follows is kept as body without being judged, so that a huge file costs
# no more than reading it.
_MOST_LINES: Final = 5000


def _notes_kept(judged: list[JudgedLine]) -> list[JudgedLine]:
    """Take the sentences of a text for its body, where no line was: dropping them, or taking those of a note for
    captions without any sign of one, would lose the text.
    """
    roles = {line.role for line in judged}
    if "body" in roles:
        return _with_first_sentence(judged)
    if "caption" in roles and len(judged) > _SHORT_LINES:
        return judged
    least = _NOTE_CHARACTERS if "caption" in roles else 1
    return [replace(line, role="body") if _is_plain_sentence(line, least) else line for line in judged]


def _with_first_sentence(judged: list[JudgedLine]) -> list[JudgedLine]:
    """Take the sentence above the body for its first, if the body has short sentences only, as a list of notes has."""
    first = next(index for index, line in enumerate(judged) if line.role == "body")
    above = judged[first - 1] if first else None
    if above is None or above.role != "other" or not _is_plain_sentence(above, _NOTE_CHARACTERS):
        return judged
    if any(line.role == "body" and line.text.count(" ") >= _SHORT_SENTENCE for line in judged):
        return judged
    return [*judged[: first - 1], replace(above, role="body"), *judged[first:]]


_SHORT_SENTENCE: Final = 12
"""Words."""


def _is_plain_sentence(line: JudgedLine, least: int) -> bool:
    signed = line.split.credit_line or line.split.lead or _SIGNS.intersection(line.signals)
    long = line.text.count(" ", 0, 2000) >= 18
    return not signed and len(line.text) >= least and (long or line.text.endswith(_FULL_STOPS))


_NOTE_CHARACTERS: Final = 12
"""Of a sentence that may be a caption as well; where nothing looks like one, the shortest is text."""
_SHORT_LINES: Final = 8
_SIGNS: Final = frozenset(
    {
        "sure signs of a caption",
        "repeated close by: long",
        "a credit after it, sentence",
        "a credit before it, sentence",
    }
)
_FULL_STOPS: Final = (".", "!", "?", "…", "。", "！", "？", "”", "»", '"')


# --- captions -------------------------------------------------------------------------------------------


def place_captions(judged: Sequence[JudgedLine]) -> Iterator[Placement]:
    """Yield a placement of each line that is a caption, its position that among the lines."""
    for position, line in enumerate(judged):
        if line.role != "caption":
            continue
        credit, beside = line.split.credit_line, None
        if credit is None:
            credit, beside = _separate_credit(judged, position)
        evidence: dict[str, object] = {"signals": list(line.signals)}
        if line.text != line.split.text:
            evidence["found"] = line.text
        if line.split.credit_line is not None:
            evidence["credit"] = line.split.evidence
        elif beside is not None:
            evidence["credit"] = beside
        if line.split.doubt is not None:
            evidence["doubt"] = line.split.doubt
        yield Placement(
            origin="text-line",
            caption=caption_with_facts(line.split.text, credit),
            position=position,
            lead=line.split.lead,
            confidence=line.confidence,
            evidence=evidence,
        )


def _separate_credit(judged: Sequence[JudgedLine], position: int) -> tuple[str | None, str | None]:
    """Return the credit that stands in a line of its own below a caption, or above it: (credit, why it is its)."""
    own = judged[position].own_credit
    if own is not None and judged[own.index].role == "other":
        return judged[own.index].text, f"the line {own.where} it: {own.reason}"
    taken = {
        line.own_credit.index
        for line in judged[max(0, position - 2) : position + 3]
        if line.role == "caption" and line.own_credit
    }
    after = judged[position + 1] if position + 1 < len(judged) else None
    if position + 1 not in taken and after is not None and _may_be_credit(after):
        return after.text, "the line below it"
    before = judged[position - 1] if position else None
    if before is None or position - 1 in taken or not before.credit_only:
        return None, None
    owner = judged[position - 2] if position > 1 else None
    follows_another = owner is not None and owner.role == "caption" and owner.split.credit_line is None
    if owner is not None and follows_another and line_key(owner.text) != line_key(judged[position].text):
        return None, None
    return before.text, "the line above it"


def _may_be_credit(line: JudgedLine) -> bool:
    return line.credit_only or (line.in_capitals and line.role == "other")


# --- what the opening says ------------------------------------------------------------------------------

_NO_HEADLINE: Final = re.compile(
    r"https?://|@|\A(?:by|von|par|por|updated|published|posted|photo|image|share|advertisement)\b|\d{1,2}:\d{2}|[|»>]\s",
    re.IGNORECASE,
)


def _headline(front: Sequence[JudgedLine], body: str) -> str | None:
    """Return the line before the body that most looks like its headline; None where none does."""
    words_of_body = set(_words("\n".join(body.split("\n", 6)[:6])))
    best, best_score = None, 1.0
    for line in front:
        words = line.text.split()
        tokens = _words(line.text)
        letters = len(line.text)
        if line.role != "other" or line.credit_only or _NO_HEADLINE.search(line.text) or not tokens:
            continue
        unspaced = UNSPACED.search(line.text) is not None
        if not (10 <= letters <= 80 if unspaced else 4 <= len(words) <= 30):
            continue
        score = 2.0 * sum(token in words_of_body for token in tokens) / len(tokens)
        score += 0.5 if not line.text.endswith((".", "…", ":")) else -0.5
        score += 0.5 if unspaced or 5 <= len(words) <= 16 else 0.0
        if score > best_score:
            best, best_score = line.text, score
    return best


def _words(text: str) -> list[str]:
    words = [
        word for word in re.findall(r"[^\W\d_]+", text.casefold()) if len(word) > 3 or not word.isascii()
    ]
    if not UNSPACED.search(text):
        return words
    return [word[index : index + 2] for word in words for index in range(len(word) - 1)]


def _byline(opening: Sequence[JudgedLine]) -> str | None:
    lines = (line.text for line in opening if line.role != "caption")
    return next((byline for line in lines if (byline := read_byline(line))), None)


def _below_summary(judged: Sequence[JudgedLine], first: int) -> Sequence[JudgedLine]:
    """Return the short lines between the first line of the body, a summary, and the next: who wrote it, and when."""
    following = range(first + 1, len(judged))
    second = next((index for index in following if judged[index].role == "body"), first + 1)
    return [line for line in judged[first + 1 : second] if len(line.text) <= _SHORT_LINE]


_SHORT_LINE = 40


def _published(front: Sequence[JudgedLine]) -> str | None:
    """Return the first full date of the lines before the body that are neither caption nor long."""
    for line in front:
        if line.role == "other" and len(line.text) <= 120:
            for date in find_dates(line.text):
                if len(date.iso) == 10 and not date.iso.startswith("--"):
                    return date.iso
    return None
