"""Guesses the encoding of bytes by the look of the decoded text.

All encodings that pages of the last decades used are tried. Each decoded text is scored by the most frequent letters of
the encoding's languages, and by the places of capitals in words. A wrong encoding gives letters that are rare in any
language, capitals inside words, or characters that do not exist.
"""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

_SAMPLE: Final = 4_000
"""The bytes examined, around the first high ones."""
_LOOKED_AT: Final = 1 << 20
_DAMAGE: Final = 0.02
"""The highest share of unreadable characters at which a multi-byte encoding is possible."""
_LEAST: Final = 0.45
"""The lowest score of a guess."""
_LEAD: Final = 0.15
"""The least by which the score of a guess must exceed that of the declared encoding."""
_GOOD: Final = 0.75
"""The score from which the declared encoding is believed."""
_FEW: Final = 8
"""The least number of high characters for a guess; fewer show nothing."""

_CYRILLIC = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъіїєґўђјљњћџё"
_COMMON_CYRILLIC = frozenset("оеаинтсрвлкмдпу")
_COMMON: Final = {
    "greek": frozenset("αοιετσνηυρπκμλςόάίέήύώ"),
    "hebrew": frozenset("יוהלאתרבשמנםכעקד"),
    "arabic": frozenset("اليمنوترهعبدسفحقكةج"),
    "thai": frozenset("านรอกเงคมยลวดทสตะปบ่้ัี"),
    "western": frozenset("éèàùâêîôûçäöüßñáíóúãõåøæ’‘“”–—«»…ïëìòÉÄÖÜÅØÆ°£€ •·©®™¿¡ªº´"),
    "central": frozenset("ąćęłńóśźżáčďéěíňřšťúůýžőűöüăâîșț„”’–"),
    "turkish": frozenset("ığşçöüİĞŞÇÖÜâ’“”"),
}
_COMMON_HANZI: Final = frozenset(
    "的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然"
    "没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回"
    "這來國個說們為時會過學對後裡麼沒於還發當無開經頭動兩長樣現將與進實"
    "市政府部新日月記者報全工業產經濟"
)


@dataclass(frozen=True, slots=True)
class Guess:
    """An encoding, and the score of the text decoded with it."""

    encoding: str
    """The name of Python's codec."""
    name: str
    """The WHATWG name."""
    weight: float
    """The score, from 0 to 1."""


_SCRIPTS: Final = (
    ("euc_jp", "euc-jp", "japanese"),
    ("cp932", "shift_jis", "japanese"),
    ("gb18030", "gb18030", "chinese"),
    ("big5hkscs", "big5", "chinese"),
    ("cp949", "euc-kr", "korean"),
    ("cp1251", "windows-1251", "cyrillic"),
    ("koi8_r", "koi8-r", "cyrillic"),
    ("koi8_u", "koi8-u", "cyrillic"),
    ("cp866", "ibm866", "cyrillic"),
    ("iso8859_5", "iso-8859-5", "cyrillic"),
    ("cp1252", "windows-1252", "western"),
    ("cp1250", "windows-1250", "central"),
    ("iso8859_2", "iso-8859-2", "central"),
    ("cp1253", "windows-1253", "greek"),
    ("cp1254", "windows-1254", "turkish"),
    ("cp1255", "windows-1255", "hebrew"),
    ("cp1256", "windows-1256", "arabic"),
    ("cp874", "windows-874", "thai"),
)
_SCRIPT_OF: Final = {name: script for _, name, script in _SCRIPTS} | {"gbk": "chinese"}


def guess_encoding(data: bytes, declared: tuple[str, str] | None = None) -> Guess | None:
    """Return the most likely encoding of bytes that are not UTF-8; None if no encoding is likely enough.

    ``declared`` is the declared encoding as (codec, WHATWG name). A guess must have a clearly higher score than it. A
    declared encoding that cannot be scored is believed.
    """
    sample = _sample(data)
    least = _LEAST
    if declared is not None:
        codec, name = declared
        if name not in _SCRIPT_OF:
            return None
        own = weigh(sample, codec, _SCRIPT_OF[name])
        if own >= _GOOD:
            return None
        least = max(least, own + _LEAD)
    guesses = [Guess(codec, name, weigh(sample, codec, script)) for codec, name, script in _SCRIPTS]
    best = max(guesses, key=lambda guess: guess.weight)
    return best if best.weight >= least else None


def guess_wide(data: bytes) -> str | None:
    """Return the likeliest codec of East Asian text, where one letter takes two bytes; None if it does not look so."""
    best = guess_encoding(data)
    if best is None or _SCRIPT_OF[best.name] not in _WIDE or best.weight < _GOOD:
        return None
    return best.encoding


_WIDE: Final = ("japanese", "chinese", "korean")


def _sample(data: bytes) -> bytes:
    """Return the lines with high bytes, up to a length."""
    lines = [line for line in data[:_LOOKED_AT].split(b"\n") if not line.isascii()] or [data]
    parts, size = [], 0
    for line in lines:
        parts.append(line[:_SAMPLE])
        size += len(line)
        if size > _SAMPLE:
            break
    return b"\n".join(parts)[: 2 * _SAMPLE]


def weigh(sample: bytes, codec: str, script: str) -> float:
    """Return how much a sample decoded with a codec looks like a language of a script, from 0 to 1."""
    text = sample.decode(codec, "replace")
    high = [letter for letter in text if letter > "\x7f"]
    if len(high) < _FEW:
        return 0.0
    broken = high.count("\ufffd") + sum("\x80" <= letter <= "\x9f" for letter in high)
    if broken > _DAMAGE * len(high) + 1:
        return 0.0
    counted = Counter(high)
    if script == "japanese":
        return _weigh_japanese(counted, len(high))
    if script == "korean":
        hangul = sum(count for letter, count in counted.items() if "가" <= letter <= "힣")
        hanja = sum(count for letter, count in counted.items() if "一" <= letter <= "龥")
        return max(0.0, (hangul - 2 * hanja) / len(high))
    if script == "chinese":
        common = sum(counted[letter] for letter in _COMMON_HANZI if letter in counted)
        kana = sum(count for letter, count in counted.items() if "ぁ" <= letter <= "ヿ")
        return max(0.0, min(1.0, 2.8 * common / len(high)) - 2 * kana / len(high))
    if script == "cyrillic":
        return _weigh_cyrillic(text, counted, len(high))
    common = sum(counted[letter] for letter in _COMMON[script] if letter in counted)
    return common / len(high) * _in_words(text, script, len(high))


def _weigh_japanese(counted: Counter[str], total: int) -> float:
    kana = sum(count for letter, count in counted.items() if "ぁ" <= letter <= "ヿ" or letter in "、。「」")
    half = sum(count for letter, count in counted.items() if "｡" <= letter <= "ﾟ")
    return max(0.0, min(1.0, 2.0 * kana / total) - 2.0 * half / total)


_MIXED = re.compile(r"[а-яёіїєґ][А-ЯЁІЇЄҐ]|(?<![А-Яа-яЁё])[А-ЯЁ]{3,}")


def _weigh_cyrillic(text: str, counted: Counter[str], total: int) -> float:
    letters = sum(count for letter, count in counted.items() if letter.lower() in _CYRILLIC)
    small = sum(count for letter, count in counted.items() if letter in _COMMON_CYRILLIC)
    if not letters or letters < 0.8 * total:
        return 0.0
    odd = sum(len(found[0]) for found in _MIXED.finditer(text))
    return max(0.0, min(1.0, 1.3 * small / letters) * letters / total - 2 * odd / letters) * _apart(
        text, total
    )


_TOUCHING = re.compile("[A-Za-z][^\x00-\x7f]|[^\x00-\x7f][A-Za-z]")


def _in_words(text: str, script: str, high: int) -> float:
    """Return whether high letters are placed as the script has them: few in a Latin word, all in others."""
    ascii_letters = sum("a" <= letter.lower() <= "z" for letter in text)
    if script in ("western", "central", "turkish"):
        return 1.0 if high < 0.3 * ascii_letters else max(0.0, 1.0 - high / max(1, ascii_letters))
    return _apart(text, high)


def _apart(text: str, high: int) -> float:
    """Return whether letters of another script are separate from Latin ones, as in any text."""
    return max(0.0, 1.0 - 5 * len(_TOUCHING.findall(text)) / max(1, high))
