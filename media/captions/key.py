"""The key of a caption: its text without everything that two newsrooms typeset differently.
Captions with equal keys say the same.

The text goes through an ordered list of small cleaners, one idea each (`CLEANERS`). Those that need
punctuation or capitals come first; a key has neither, so normalising a key changes nothing.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from media.captions.dates import find_dates
from media.captions.letters import drop_invisible, fold_letters


@dataclass(frozen=True, slots=True)
class Normalised:
    """A caption's key, with the parts that were removed on the way to it."""

    key: str
    """Lower-case words separated by one space; a date is one word ("d20200227"), and so is a
    character of a script that is written without spaces."""
    credit: str | None = None
    """The credit in the text, as found: the part that :func:`media.captions.credit.split_credit` removes."""
    dates: tuple[str, ...] = ()
    """The dates that it names, ISO 8601 as far as they are known, in reading order."""


def caption_key(text: str) -> str:
    """Return the key of a caption's text; "" if it has neither letters nor digits."""
    return normalise(text).key


def normalise(text: str) -> Normalised:
    """Return the key of `text`, with its credit and dates separately."""
    for clean in MARKUP_CLEANERS:
        text = clean(text)
    key, credit = _without_credit(text)
    for clean in (*CLEANERS, *WORD_CLEANERS):
        key = clean(key)
    dates = (read_date_word(match) for match in _DATE_WORD.findall(key))
    return Normalised(key, credit, tuple(date for date in dates if date is not None))


def _without_credit(text: str) -> tuple[str, str | None]:
    """Separate a text from its credit; a text that is only a credit stays.

    Nothing is looked for in what is a key already: the key of a key is itself.
    """
    if not _CAPITAL_OR_SIGN.search(text) and words_only(text) == text:
        return text, None
    from media.captions.credit import split_credit  # slow to import: a scanner of pictures does without

    parts = split_credit(text)
    return (parts.text, parts.credit_line) if any(map(str.isalnum, parts.text)) else (text, None)


def tokens(key: str) -> list[str]:
    """Return the words of a key."""
    return key.split()


# --- Cleaners of the text as found, in order --------------------------------------------------------

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>|<!--[^<>]{0,500}-->")


def unescape_html(text: str) -> str:
    """``&nbsp;`` and ``&amp;`` become what they stand for."""
    return html.unescape(text) if "&" in text else text


def strip_tags(text: str) -> str:
    """Mark-up that came along with the text goes."""
    return _TAG.sub(" ", text) if "<" in text else text


MARKUP_CLEANERS: tuple[Callable[[str], str], ...] = (unescape_html, strip_tags)
"""Cleaners that remove markup; the credit is looked for in their result."""


def fold_compatibility(text: str) -> str:
    """NFKC: ligatures, full-width letters and digits, "…" as "..."."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


_SIGNS = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´`ʼʹ＇", "'"),
        **dict.fromkeys("“”„‟″«»‹›〝〞＂", '"'),
        **dict.fromkeys("‐‑‒–—―−﹘﹣－⸺⸻", "-"),
        "\\": " ",
    }
)
_ESCAPED_SPACE = re.compile(r"\\[nrt](?![a-z])")


def fold_signs(text: str) -> str:
    """Reduce signs to one quotation mark, apostrophe, dash and space; written-out line ends become spaces."""
    if "\\" in text:
        text = _ESCAPED_SPACE.sub(" ", text)
    return " ".join(text.translate(_SIGNS).split()) if not text.isascii() else " ".join(text.split())


_THOUSANDS = re.compile(r"(?<=[0-9])[,.](?=[0-9]{3}(?![0-9]))")


def join_thousands(text: str) -> str:
    """4,000 and 4.000 are 4000."""
    return _THOUSANDS.sub("", text) if "," in text or "." in text else text


_LEAD = re.compile(
    r"(?:[\"'(\[]{0,2}(?:file|archive|archivio|archiv|archivbild|archivfoto|archives|archivo|arkiv|arquivo|dosya|архив|arsiv|arşiv)"
    r"(?: (?:photo|picture|image|pic|foto|bild))?[\])]?\s?(?:[-:.]|$)\s*|"
    r"(?:image caption|bildunterschrift|caption|légende|photo caption)\s?:\s*)+",
    re.IGNORECASE,
)


def strip_quotes(text: str) -> str:
    """Quotation marks around the whole text go."""
    return text.strip("\"' ") if text[:1] in "\"'" or text[-1:] in "\"'" else text


def strip_lead(text: str) -> str:
    """Take off "FILE - ", "FILE PHOTO: ", "Archivbild: "; what they leave must still be a text."""
    match = _LEAD.match(text)
    return text[match.end() :] if match and match.end() < len(text) else text


CLEANERS: tuple[Callable[[str], str], ...] = (
    fold_compatibility,
    drop_invisible,
    fold_signs,
    join_thousands,
    strip_quotes,
    strip_lead,
)
"""Cleaners of a text without its credit, in order."""


# --- Cleaners of the words, in order ----------------------------------------------------------------

# Scripts without spaces between words: each character is a word of its own (Han, kana, Thai, Lao,
# Burmese, Khmer).
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_SPACELESS_CHAR = re.compile(f"([{_SPACELESS}])")
# Vowel signs of Indic scripts and accents that stayed are no word characters to `re`.
_WORD = re.compile(
    r"(?:[^\W_]|[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u0eb1-\u0ece\u102b-\u103e\u17b4-\u17d3\u0f71-\u0fbc\u3099\u309a])+"
)
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_CAPITAL_OR_SIGN = re.compile(r"[A-Z!-/:-@\[-`{-~]")
"""ASCII characters that no key contains."""


def dates_to_words(text: str) -> str:
    """Replace each date by one word: "Thursday, Feb. 27, 2020" and "27.02.2020" become "d20200227"."""
    dates = find_dates(text)
    if not dates:
        return text
    parts: list[str] = []
    end = 0
    for date in dates:
        parts += (text[end : date.start], " ", date_word(date.iso), " ")
        end = date.end
    parts.append(text[end:])
    return "".join(parts)


def words_only(text: str) -> str:
    """Lower-case words without accents, one space between."""
    if text.isascii():
        return " ".join(_ASCII_WORD.findall(text.lower()))
    folded = fold_letters(text)
    if not folded.isascii():
        folded = _SPACELESS_CHAR.sub(r" \1 ", folded)
    return " ".join(_WORD.findall(folded))


def late_dates_to_words(key: str) -> str:
    """Dates whose parts stood too far apart in the text to be read as one."""
    replaced = dates_to_words(key)
    return key if replaced is key else words_only(replaced)


_DATED_LEAD = re.compile(
    r"(?:file )?(?:photo )?(?:in )?(?:this |a )?(d[0-9]+(?:td[0-9]+)?) (?:file )?"
    r"(?:photo|image|picture|photograph|frame grab|file) "
)


def strip_dated_lead(key: str) -> str:
    """Make "In this Nov. 20, 2012, file photo, a man ..." the date and "a man ..."."""
    match = _DATED_LEAD.match(key)
    while match is not None and match.end() < len(key):
        key = f"{match[1]} {key[match.end() :]}"
        match = _DATED_LEAD.match(key)
    return key


WORD_CLEANERS: tuple[Callable[[str], str], ...] = (
    dates_to_words,
    words_only,
    late_dates_to_words,
    strip_dated_lead,
)
"""Cleaners from the text without its credit to the key, in order."""


def date_word(iso: str) -> str:
    return "d" + iso.replace("-", "").replace("/", "td")


_DATE_WORD = re.compile(r"(?<!\w)d[0-9]{4,8}(?:td[0-9]{4,8})?(?!\w)")


def read_date_word(word: str) -> str | None:
    """Return the date of a key's word, ISO 8601 as far as it is known; None if the word is not a date."""
    if _DATE_WORD.fullmatch(word) is None:
        return None
    dates = [_iso(part[1:]) for part in word.split("t")]
    return None if None in dates else "/".join(date for date in dates if date is not None)


def _iso(digits: str) -> str | None:
    if len(digits) == 8:
        return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    if len(digits) == 6:
        return f"{digits[:4]}-{digits[4:]}"
    if len(digits) == 4:
        return f"--{digits[:2]}-{digits[2:]}"
    return None


# --- Captions that say too little to be matched -----------------------------------------------------

MIN_WORDS = 3
"""Below this many telling words equal keys mean nothing (docs/accuracy.md, "Repeated captions")."""

_EMPTY_WORDS = frozenset(
    fold_letters(
        """
        file photo photos photograph photographs photographer picture pictures image images pic caption
        credit credits source courtesy handout supplied submitted contributed provided stock archive
        archives illustration graphic screenshot screengrab video still undated family collection
        getty istock shutterstock alamy reuters ap afp epa efe dpa ansa upi pa tass xinhua bloomberg imago
        associated press new york times agency agencies wire via by of the and from in a an for to
        foto fotos bild bilder archivbild archivfoto archiv symbolbild symbolfoto quelle grafik
        crédit crédits légende illustration archives droits réservés archivo imagen imágenes cortesía
        fuente crédito fonte immagine immagini arquivo imagem imagens cortesia repertorio
        beeld arkiv arkivfoto genrefoto illustrasjon kuva kuvat zdjęcie zdjęcia fot nuotr
        фото архив источник иллюстрация fotoğraf arşiv temsili صورة صور ارشيفية أرشيفية تصوير
        ảnh minh họa ilustrasi dok 사진 자료사진 뉴시스 연합뉴스 연합
        loading advertisement click here enlarge full size view gallery next previous share
        """
    ).split()
)
_EMPTY_CHARS = frozenset("資料写真図提供撮影共同通信社時事新華片資片图资档案視頻截圖来源")
_SPACELESS_WORD = re.compile(f"[{_SPACELESS}]")


def has_little_information(key: str) -> bool:
    """Return whether a caption with this key says too little to tell pictures apart: "File photo",
    "Getty Images", "Courtesy of the family", fewer than `MIN_WORDS` words.

    A character of a script without spaces counts half a word.
    """
    length, telling = _weigh(key)
    return length < MIN_WORDS or telling < 1


def says_nothing(key: str) -> bool:
    """Return whether no word of this key describes the picture: "File photo", "Getty Images"; a name does."""
    return _weigh(key)[1] < 1


def _weigh(key: str) -> tuple[float, float]:
    """Count the words of a key, and those that carry information; only the first words of a long key are counted."""
    words = key.split()[:40]
    telling = 0.0
    length = 0.0
    for word in words:
        spaceless = len(word) == 1 and not word.isascii() and _SPACELESS_WORD.match(word) is not None
        weight = 0.5 if spaceless else 1.0
        length += weight
        if word not in (_EMPTY_CHARS if spaceless else _EMPTY_WORDS) and (len(word) > 1 or spaceless):
            telling += weight
    return length, telling
