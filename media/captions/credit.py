"""Parting a caption from its credit, its lead-in and the interface words around it.

Nothing is guessed that the text does not show: a credit stands in brackets, after a label ("Photo:"), after a
separator, after the last sentence, or is the name of an agency, with the names that belong to it. Where a tail
may as well be part of the sentence it stays in the text, and ``doubt`` says so.

Only the first and last few hundred characters are looked at, so the cost is bounded whatever the text.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from media.captions.agency import AGENCY, AGENCY_WORD, CONNECTORS, LABEL, SITES, SUFFIX, is_ambiguous


@dataclass(frozen=True, slots=True)
class CreditSplit:
    """A caption in its parts."""

    text: str
    """The caption without credit, lead-in and interface words; "" where the text is a credit alone."""
    credit_line: str | None = None
    """The credit as found, brackets and label included ("(Adel Hana/Associated Press)"), without the dash
    or bar before it."""
    lead: str | None = None
    """The lead-in taken off the front ("FILE", "Above:")."""
    evidence: str | None = None
    """How the credit was recognised; None without a credit."""
    doubt: str | None = None
    """What is not certain, in words: a split that may be wrong, or a tail that may be a credit."""


def split_credit(text: str) -> CreditSplit:
    """Part a caption, as shown on a page or a line, from its credit and lead-in."""
    shown = _without_interface_words(_folded(text))
    lead, rest = _split_lead(shown)
    tail = _screen_reader_credit(rest) or _tail_credit(rest) or _front_credit(rest)
    if tail is None:
        return CreditSplit(_ended(rest), None, lead, None, _left_alone(rest))
    caption = _without_interface_words(_ended(tail.caption))
    if not lead:
        lead, caption = _split_lead(caption)
    return CreditSplit(caption, tail.credit, lead, tail.evidence, tail.doubt)


def is_credit_only(text: str) -> bool:
    """Whether a text, such as that of a page's credit element, is a credit and nothing else.

    True for a bare agency or library ("Getty Images"), a label with its name ("Foto: Andina"), names with
    their agency ("Leonhard Foeger / Reuters file"); false for a name alone, which may be a caption.
    """
    shown = _folded(text)
    if not shown or len(shown) > _TAIL:
        return False
    parts = split_credit(shown)
    return parts.text == "" and parts.credit_line is not None


def join_separate_credit(caption: str, credit: str | None) -> CreditSplit:
    """Part a caption whose credit was (or may have been) found beside it, in an element of its own.

    The separate credit is believed as it stands. A copy of it, or another credit, at the end of the caption
    is taken off the text too; ``credit_line`` holds the separate one unless the caption's own says more.
    """
    given = _folded(credit or "")
    if not given:
        return split_credit(caption)
    shown = _folded(caption)
    core = given.strip(" ()[]|•·–—-./")
    if core and len(core) < len(shown) and shown.rstrip(" ()[].").endswith(core):
        cut = shown.rstrip(" ()[].")[: -len(core)]
        own = split_credit(_ended(cut.rstrip(" ([")))
    else:
        own = split_credit(shown)
    if not own.text and own.credit_line:
        return CreditSplit("", given, own.lead, "separate element", own.doubt)
    longer = own.credit_line if own.credit_line and core in own.credit_line else given
    return CreditSplit(own.text, longer, own.lead, "separate element", None if own.credit_line else own.doubt)


# The ends of a caption that are looked at, in characters. The longest credit of 281 labelled ones has 68.
_TAIL: Final = 200
_HEAD: Final = 200


@dataclass(frozen=True, slots=True)
class _Tail:
    caption: str
    credit: str
    evidence: str
    doubt: str | None = None


def _folded(text: str) -> str:
    return " ".join(text.translate(_INVISIBLE).split()).strip(
        "\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2069 "
    )


_INVISIBLE: Final = dict.fromkeys((0x200B, 0x2060, 0xFEFF, 0xAD))


# --- interface words ------------------------------------------------------------------------------------

_PICTURE: Final = "(?:image|photo|picture|slide|bild|foto|imagen|imagem|immagine|photograph|figure|kuva|фото)"
_OF: Final = "(?:of|von|de|di|sur|av|af|van|из|/|of /)"
_FRONT_WORDS = re.compile(
    rf"""(?:
      open\ (?:this\ )?(?:photo|image|picture)\ in\ gallery:?\s?
    | (?:view|open)\ (?:image|photo|gallery)(?:\ in\ (?:full\ ?screen|gallery|a\ new\ tab))?:?\s?
    | (?:click|tap)\ (?:here\ )?(?:to|for)\ (?:enlarge|expand|zoom|view\ full\ size|a\ larger\ image):?\s?
    | enlarge\ (?:this\ )?(?:image|photo):?\s? | bild\ vergr(?:ö|oe)(?:ß|ss)ern:?\s? | agrandir\ l['’]image:?\s?
    | {_PICTURE}\ ?\#?\d{{1,3}}\ ?{_OF}\ ?\d{{1,3}}(?:\s?[.:)|–-]\s?|\s+|$)
    | \(?\d{{1,3}}\ ?(?:of|von|de|di|sur|av|/)\ ?\d{{1,3}}\)?(?:\s?[.:)|–-]\s+|\s+(?=(?-i:[^\W\d_a-zß-ÿ]))|$)
    | {_PICTURE}\ caption,?:?\s? | caption:\s? | legende?:\s? | bildunterschrift:\s? | pie\ de\ foto:\s?
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_FRONT_LABEL = re.compile(
    r"(?:image|photo|picture|foto|bild|imagen|imagem|immagine|kuva|фото|写真|사진)\s?[:：]\s?", re.IGNORECASE
)
_END_WORDS = re.compile(
    r"""(?:
      \s?(?:hide|toggle|show|view|close|expand)\ (?:full\ )?caption
    | \s?(?:read|see|show|view|learn)\ (?:more|less)
    | (?<=[\w.)!?…”"\]])\s?(?:Visa\ mer|Vis\ mer|Läs\ mer|Les\ mer|Læs\ mere|Leer\ más|Ver\ más|Lire\ (?:la\ suite|plus)|Voir\ plus|Leia\ mais
      |Mehr\ (?:anzeigen|lesen)|Weiterlesen|Näytä\ lisää|Lees\ meer|Читать\ далее|もっと見る|続きを読む|더\ ?보기)
    | (?<=[.)!?…”"\]])\s?(?:less|more|close|enlarge|expand|share|download|zoom|caption)
    | (?<=[.)!?…”"\]])\s(?:Enlarge|Vergrößern|Ampliar|Ingrandisci|Agrandir|Zoom|Close|Schließen|Buy\ (?:photo|this\ photo))
    | \s(?:view|open)\ (?:image|photo|picture)?\ ?in\ (?:full\ ?screen|gallery)
    | \s(?:enlarge|view|open)\ (?:this\ )?(?:image|photo|picture)
    | \s?[|(]?(?:click|tap)\ to\ (?:enlarge|expand|zoom)\)?
    | (?<=[.)!?…”"\]])\s\(?\d{1,3}\ ?(?:of|/)\ ?\d{1,3}\)?
    | (?<=[.)!?…”"\]])\s{0,2}(?:写真を)?拡大(?:する|表示)?
    )\s?\Z""",
    re.IGNORECASE | re.VERBOSE,
)


def _without_interface_words(text: str) -> str:
    for _ in range(4):
        found = _FRONT_WORDS.match(text)
        if not found or not found.end():
            break
        text = text[found.end() :].lstrip()
    for _ in range(3):
        tail = text[-60:]
        found = _END_WORDS.search(tail)
        if not found:
            break
        text = text[: len(text) - len(tail) + found.start()].rstrip()
    label = _FRONT_LABEL.match(text)
    if label and not _stands_alone(text):
        text = text[label.end() :]
    return text


# --- lead-ins -------------------------------------------------------------------------------------------

_LEAD = re.compile(
    r"""(?P<lead>
      \((?:FILES?|ARCHIVES?)\) | (?:FILES?|File|ARCHIVES?|ARCHIVO|ARCHIV|ARKIV)(?=\s?[-–—:|]\s)
    | (?:\[FILE\])
    | FILE[ -](?:PHOTO|PHOTOGRAPH|IMAGE|PICTURE|PIC)S?\b | File[ -](?:photo|image|picture)s?\b(?=\s?[-–—:|])
    | (?:ARCHIVE|Archive|STOCK|Stock|LIBRARY|Library)[ -](?:PHOTO|Photo|photo|IMAGE|Image|image)\b(?=\s?[-–—:|])
    | (?:Archivbild|Archivfoto|Symbolbild|Symbolfoto|Arkivbild|Arkivfoto|Arkistokuva|Kuvituskuva|Archieffoto
      |Foto\ de\ archivo|Imagen\ de\ archivo|Foto\ d['’]archivio|Photo\ d['’]archives?|Foto\ de\ arquivo
      |Архивное\ фото|Arşiv)(?=\s?[:–—|]\s|\s-\s)
    | (?:Pictured|Shown|Seen)(?:\ (?:above|below|here|left|right))?(?=:\s)
    | (?:Above|Below|Top|Main\ image|Main\ picture|Main\ photo|Header\ image|Featured\ image|Cover\ photo|Oben|Unten|Arriba|Abajo
      |Ci-dessus|Ci-dessous)(?=:\s)
    )\s?(?:[-–—:|]+\s?)?""",
    re.VERBOSE,
)


def _split_lead(text: str) -> tuple[str | None, str]:
    found = _LEAD.match(text)
    if not found or found.end() == len(text):
        return None, text
    rest = text[found.end() :].lstrip()
    if _fits_after_label(rest) and found["lead"].lower().startswith(
        ("arch", "symbol", "ark", "foto", "фото")
    ):
        return None, text  # "Archivfoto: ON" is a credit, not a lead-in
    return found["lead"].strip("() []"), rest


# --- credits at the end ---------------------------------------------------------------------------------

_CLOSERS: Final = {")": "(", "]": "[", "）": "（", "】": "【", "］": "［", "〕": "〔"}


def _tail_credit(text: str) -> _Tail | None:
    """Find the credit that ends a text; the readings are tried from the surest to the weakest."""
    if not text:
        return None
    for reading in _READINGS:
        found = reading(text)
        if found is None:
            continue
        caption = _ended(found.caption)
        if not caption.strip("()[]（）【】 .,:;"):
            if not _stands_alone(text):
                continue
            return _Tail("", text, found.evidence, found.doubt)
        # "(Foto: X) (Archiv)", "Foto: X. AFP": a second credit before the first belongs to it.
        before = _bracket(caption) if caption else None
        if before and before.doubt is None:
            credit = text[len(before.caption) :].strip()
            return _Tail(_ended(before.caption), credit, before.evidence)
        return _Tail(caption, found.credit.lstrip(" |•·–—-/＝="), found.evidence, found.doubt)
    return None


def _bracket(text: str) -> _Tail | None:
    body = text.rstrip(" .。")
    if not body or body[-1] not in _CLOSERS:
        return None
    close, opener = body[-1], _CLOSERS[body[-1]]
    depth = 0
    for index in range(len(body) - 1, max(-1, len(body) - _TAIL), -1):
        depth += (body[index] == close) - (body[index] == opener)
        if not depth:
            break
    else:
        return None
    inside, before = body[index + 1 : -1].strip(), body[:index].rstrip()
    if not inside or _POSITIONS.fullmatch(inside):
        return None
    credit = body[index:]
    if _is_credit(inside, bracketed=True):
        return _Tail(before, credit, "in brackets")
    if _CJK_CREDIT.search(inside) and len(inside) <= 40:
        return _Tail(before, credit, "in brackets")
    if (
        ":" not in inside
        and _ENDS_SENTENCE.search(before)
        and _is_names(inside)
        and len(inside.split()) <= 8
        and len(inside) > 2
    ):
        return _Tail(before, credit, "names in brackets after the last sentence")
    return None


def _labelled(text: str) -> _Tail | None:
    start = max(0, len(text) - _TAIL)
    for found in _LABELLED.finditer(text, start):
        rest = text[found.end() :]
        if found["colon"]:
            fits = _fits_after_label(rest)
        elif found["by"]:
            fits = _is_names(rest) and len(rest.split()) <= 10
        else:
            fits = _is_credit(rest, bracketed=False) or (
                (found.start() == 0 or bool(_ENDS_SENTENCE.search(text[: found.start()].rstrip())))
                and found["label"][:1].isupper()
                and _is_names(rest)
                and len(rest.split()) <= 5
            )
        if fits:
            return _Tail(text[: found.start()], text[found.start() :], "after a label")
    return None


def _copyright(text: str) -> _Tail | None:
    start = max(0, len(text) - _TAIL)
    for found in _COPYRIGHT.finditer(text, start):
        rest = text[found.end() :]
        if rest and len(rest.split()) <= 12 and not _breaks_off(rest):
            return _Tail(text[: found.start()], text[found.start() :], "after a copyright sign")
    return None


def _east_asian(text: str) -> _Tail | None:
    tail = text[-_TAIL:]
    found = _CJK_TAIL.search(tail)
    if not found:
        return None
    if found.lastgroup == "after_equals" and not re.search(
        _CJK, tail[max(0, found.start() - 20) : found.end()]
    ):
        return None
    begin = len(text) - len(tail) + found.start(found.lastgroup or 0)
    return _Tail(text[:begin], text[begin:], "East Asian credit")


def _separated(text: str) -> _Tail | None:
    """After " | ", a dash, a bullet, or the last sentence: names with an agency or a "Name/Agency"."""
    for begin, end, weak in _boundaries(text):
        tail = text[end:]
        if _is_credit(tail, bracketed=False):
            if (
                end == 0
                and (parts := tail.split(" / ", 1))[1:]
                and " / " in parts[1]
                and not AGENCY_WORD.search(parts[0])
            ):
                doubt = "the first of three names is taken for the caption"
                return _Tail(parts[0], "/ " + parts[1], "after a separator", doubt)
            return _Tail(text[:begin], tail, "after a separator" if weak else "after the last sentence")
    return None


def _agency_run(text: str) -> _Tail | None:
    """An agency at the very end, or before a slash and a name, in a text without a full stop before it."""
    tail = text[-_TAIL:]
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
        if not before.endswith((",", ":", ";")) and previous[:1].islower() and previous not in _SMALL_WORDS:
            if is_ambiguous(agency):
                return None
        elif is_ambiguous(agency) and not (agency.isupper() and previous[:1].isupper()):
            return None
        elif previous.lower() in _SMALL_WORDS or before.endswith((",", ":", ";", "&")):
            return None
        doubt = "no full stop before the agency"
    if glued and is_ambiguous(agency) and agency not in _GLUED:
        return None
    return _Tail(
        text[: base + begin], text[base + begin :], "glued to the caption" if glued else "agency", doubt
    )


def _trailing_name(text: str) -> _Tail | None:
    """A short name after the last full stop and without one of its own: ("...in Latin America. Twitter")."""
    if text.endswith((".", "!", "?", "…", "”", '"', "。")):
        return None
    for begin, end, separator in _boundaries(text):
        tail = text[end:]
        words = tail.split()
        if separator or not 1 <= len(words) <= 4 or len(text[:begin].split()) < 5:
            continue
        if _is_names(tail) and all(word[0].isupper() or word in CONNECTORS for word in words) and end > begin:
            return _Tail(text[:begin], tail, "after the last sentence", "a name without label or agency")
    return None


_READINGS: Final[tuple[Callable[[str], _Tail | None], ...]] = (
    _bracket,
    _labelled,
    _copyright,
    _east_asian,
    _separated,
    _agency_run,
    _trailing_name,
)


def _screen_reader_credit(text: str) -> _Tail | None:
    """ "Image source, X Image caption, Y", as pages label both for screen readers."""
    found = _SOURCE_FRONT.match(text)
    return (
        _Tail(text[found.end() :], found["credit"].strip(" ,"), "labelled before the caption")
        if found
        else None
    )


def _front_credit(text: str) -> _Tail | None:
    """A credit in brackets before the caption."""
    if text.startswith(("(", "[", "（", "【")):
        closer = {v: k for k, v in _CLOSERS.items()}[text[0]]
        end = text.find(closer, 1, _HEAD)
        if end > 0 and text[end + 1 :].strip() and _is_credit(text[1:end], bracketed=True):
            return _Tail(text[end + 1 :].lstrip(" :-–—"), text[: end + 1], "in brackets before the caption")
    return None


# --- what a credit looks like ---------------------------------------------------------------------------

_POSITIONS = re.compile(
    r"""(?:[a-zà-ÿ .,/&-]*|\d{1,4}(?:[-–/]\d{1,4})?|[A-Z]|[A-Z]{1,3}-(?:[A-Z][A-Za-z]*\.?|\d)|v\.\ ?[lr]\.?.*|l\.?|r\.?|m\.?)""",
    re.VERBOSE,
)
"""What stands in brackets without being a credit: "(left)", "(v.l.)", "(2019)", "(R)", "(D-Mont.)"."""
_SMALL_WORDS: Final = frozenset(
    "the a an of by with from to and or at in on for near outside inside via der die das des dem den von mit bei zu im am und vom zum zur "
    "le la les l' du de des et à au aux chez par avec el los las del al y con por para en il lo gli i di da con e su o os as do dos das em no na "
    "van het een met bij och med i av på til og fra hos is are was said says".split()
)
_ENDS_SENTENCE = re.compile(r"(?:[.!?…。！？][\"”’'»)\]」]*|[\"”»」])\Z")
_ABBREVIATION = re.compile(
    r"(?:\b[^\W\d_]|\b(?:Mr|Mrs|Ms|Dr|St|Sr|Jr|Gov|Sen|Rep|Reps|Sens|Lt|Col|Gen|Maj|Capt|Sgt|Cpl|Cmdr|Prof|Rev|Hon|Pres|Supt|Det|No|Nos|vs|Inc|Co|Corp|Ltd"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Mt|Ft|Ave|Blvd|Rd|Sra?|Ing|Lic|Dra|Mme|Mlle|Nr|bzw|ca|inkl|etc|approx|U\.S|D\.C|a\.m|p\.m|J\.R))\.\Z"
)

_BY: Final = (
    "(?:by|par|von|di|de|by:|av|af|door|przez|courtesy(?:\\ of)?|via|provided\\ by|supplied\\ by|from|aus|per|por|oleh|bởi|taken\\ by|"
    "cortesía\\ de|copyright)"
)
_LABELLED = re.compile(
    rf"""(?:(?<![^\W_])|(?<=[a-zß-ÿ0-9…])(?=[A-ZА-Я]))(?P<label>{LABEL}s?)(?![^\W_])
      (?:(?P<colon>\s?[:：]\s?(?=\S)|\.\.\.\s?(?=[A-Z])|/(?=\S)|\s?=\s?|\s(?=©|\(c\)))|(?P<by>\s{_BY}\s)|\s(?=[A-ZÀ-ÞА-Я]))""",
    re.IGNORECASE | re.VERBOSE,
)
_COPYRIGHT = re.compile(r"(?:©|\(c\)|\(C\)|(?<![^\W_])(?:Copyright|COPYRIGHT|copyright)(?=\s[©A-Z\d(]))\s?")
_SOURCE_FRONT = re.compile(
    r"(?:image|media|photo)\s?(?:source|copyright|credit)[,:]?\s?(?P<credit>[^:]{2,100}?)[,.]?\s?(?:image|media|photo)\s?caption[,:]?\s?(?=\S)",
    re.IGNORECASE,
)
_BREAK = re.compile(r"[^\W\d_]{3,}[.!?]\s+(?=\S)")
_SLASHED = re.compile(r"[^\W\d_][\w.’'\"”)&+-]*\s?/\s?[^\W\d_]")
_CJK: Final = "[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_CJK_CREDIT = re.compile(
    "(?:撮影|提供|写す|撮す|摄影|摄|供图|攝影|攝|資料照片|资料图|图源|图片来源|共同|時事|时事|ロイター|ＡＦＰ|新华社|新華社|中新社|视觉中国|視覺中國|中央社"
    "|연합뉴스|뉴시스|뉴스1|제공|기자|로이터|AFP|AP|EPA|Getty|代表撮影)"
)
_KOREAN_AGENCY: Final = "(?:연합뉴스|뉴시스|뉴스1|로이터|신화통신|한국일보|게티이미지(?:뱅크|코리아)?|공동취재(?:단|사진)?|국회사진기자단|사진공동취재단)"
_CJK_TAIL = re.compile(
    rf"""(?:
      [＝=／/]\s?(?P<after_equals>(?:写真は?)?[^＝=。、\s/]{{0,15}}(?:撮影|提供|写す|共同|時事|ロイター|ＡＦＰ|AFP時事|AFP|AP|ゲッティ))\s?
    | (?:^|(?<=[。.!?」）\)\s/|]))\s?(?P<chinese_agency>(?:新华社|新華社|中新社|人民网|中新网|本报|央视|[\u4e00-\u9fff]{{2,8}}社)\s?(?:记者|記者|发|發)?\s?[\u4e00-\u9fff\s、·]{{0,16}}(?:摄|攝|摄影|攝影|供图|提供|图)?)
    | (?:^|(?<=[。.!?」）\)\s|]))(?P<taken_by>(?:(?:本报|特约|通讯|新华社)?(?:记者|員|员)\s?)?[\u4e00-\u9fff·]{2,4}(?:\s[\u4e00-\u9fff]{1,3})?\s?(?:摄影|攝影|摄|攝|撮影)
        |[\u4e00-\u9fff·]{2,12}\s?(?:供图|供圖|提供))
    | (?:^|(?<=[.!?다\s)/|]))\s?(?P<korean>(?:사진\s?[=:]?\s?)?(?:[가-힣]{{2,4}}\s(?:선임|사진|인턴)?기자|[\w가-힣·]{{0,12}}\s?/?\s?{_KOREAN_AGENCY}|[가-힣A-Za-z]{{2,15}}\s제공))
    | (?P<labelled>(?:图片来源|图源|图片|图|來源|圖片來源|圖源|圖|写真|撮影|写真提供|画像|画像提供|提供|出典|사진|사진\s?제공|자료|출처)\s?[:：＝=/／]\s?[^。]{{1,30}})
    )\s?[。.)）]?\Z""",
    re.VERBOSE,
)
_NAME: Final = r"(?:[^\W\d_a-zß-ÿа-я][\w.’'-]*|de|la|van|von|der|den|del|al|el|bin|and|&|und|y|et)"
_FILE: Final = r"(?:[\s/]+(?:File|file|FILE|Files|Pool|POOL|pool|Handout|Archiv|Archive|via\s\S+(?:\s\S+)?|Photo|photo|file\ photo|File\ Photo|Images))*"
_AGENCY_END = re.compile(
    rf"""(?:(?<![^\W_])|(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=\d)(?=[A-Z]))
      (?:(?P<first>{AGENCY})(?:\s(?:Photo|PHOTO|Images))?\s?/\s?{_NAME}(?:[\s/–-]+{_NAME}){{0,5}}|(?P<agency>{AGENCY})){_FILE}\.?\s?\Z""",
    re.VERBOSE,
)
_NAMES_BEFORE = re.compile(rf"(?<![^\W_])(?P<names>{_NAME}(?:\s?[/\s]\s?{_NAME}){{0,6}})\s?/\s?\Z")
_GLUED: Final = frozenset(
    "AP EPA PA Getty Cedida Courtesy Archivo Keystone KEYSTONE Handout Supplied Bloomberg NASA ANP TASS CP Alamy Twitter Facebook Instagram".split()
) | {"The Associated Press", "Associated Press", "USA TODAY"}


def _is_names(text: str) -> bool:
    """Whether every word may stand in a name: capitals, connectors, initials, handles, addresses."""
    words = text.replace("/", " / ").split()
    if not 1 <= len(words) <= 16 or _breaks_off(text):
        return False
    capitals = 0
    for word in words:
        bare = word.strip("\"'“”‘’«»().,;:[]")
        if not bare or bare in CONNECTORS or bare.lower() in CONNECTORS or bare.isdigit():
            continue
        first = bare[0]
        if first.isupper() or first in "@#©" or "." in bare or (AGENCY_WORD.fullmatch(bare) is not None):
            capitals += first.isalpha() or first in "@©"
        else:
            return False
    return capitals > 0


def _is_credit(text: str, *, bracketed: bool) -> bool:
    """Whether a text is surely a credit: a label, a copyright sign, or names with an agency or a slash."""
    text = text.strip().rstrip(".")
    if not text or len(text) > 140:
        return False
    label = _LABELLED.match(text)
    if label:
        rest = text[label.end() :]
        if label["colon"] or (bracketed and label["by"]):
            return _fits_after_label(rest)
        if bracketed or label["by"]:
            return _is_names(rest) or _fits_two_part(rest)
    if _COPYRIGHT.match(text):
        return len(text.split()) <= 12
    lowered = text.lower()
    if lowered.startswith(_OPENINGS) and len(text.split()) <= 10:
        return bracketed or _is_names(text.split(" ", 1)[-1])
    if not _is_names(text):
        return False
    agency = AGENCY_WORD.search(text)
    if agency:
        if bracketed or not is_ambiguous(agency[0]) or agency.span() == (0, len(text)):
            return True
        return "/" in text or "via" in text.split() or AGENCY_WORD.search(text, agency.end()) is not None
    if _SLASHED.search(text):
        return len(text.split()) <= 8 and (bracketed or not any(ch.isdigit() for ch in text))
    return bool(_SUFFIXED.search(text)) and len(text.split()) <= 6


_OPENINGS: Final = (
    "courtesy", "via ", "handout", "screengrab", "screenshot", "submitted", "supplied", "provided by", "contributed", "file/", "cortesía",
    "captura de", "capture d", "tous droits réservés", "gentileza", "dok.", "dok ", "dokumentasi", "ist/", "istimewa", "reproduction", "reprodução", "divulgação",
)  # fmt: skip
_SUFFIXED = re.compile(rf"\s{SUFFIX}\.?\Z", re.IGNORECASE)


def _stands_alone(text: str) -> bool:
    """Whether a text that may be a credit is one even where nothing stands before it.

    Stricter than :func:`_is_credit`: share bars ("Facebook"), datelines ("AFP, MANILA"), bylines, page
    footers ("© 2019 NBCUniversal. All rights reserved."), section names and labelled captions look alike.
    """
    bare = text.strip(" ()[]（）.|/•·–—-")
    words = re.split(r"[\s/]+", bare)
    agency = AGENCY_WORD.search(bare)
    if (
        not bare
        or words[0] in ("By", "BY", "Von", "Por", "Par")
        or bare in SITES
        or len(SITES.intersection(words)) > 1
    ):
        return False
    if agency and agency.start() == 0 and re.match(r",\s[A-ZÀ-Þ]", bare[agency.end() :]):
        return False
    label = _LABELLED.match(bare)
    if label:
        rest = bare[label.end() :]
        small = sum(word[0].islower() and word not in CONNECTORS for word in rest.split())
        if bare != text and text[0] in "([（":
            return True
        if (
            label["label"].lower() == "image"
            and label["colon"]
            and not (agency or "/" in rest or "©" in rest)
        ):
            return False
        if not (label["colon"] or label["by"]) and len(rest.split()) < 2 and not agency:
            return False
        return small <= max(2, len(rest.split()) * 0.3) or (
            agency is not None and small <= len(rest.split()) * 0.5
        )
    if _COPYRIGHT.match(bare):
        return agency is not None or not _FOOTER.search(bare)
    if ":" in bare and not re.search(_CJK, bare):
        return False
    if agency or bare.lower().startswith(_OPENINGS) or re.search(_CJK, bare):
        return bare not in _SECTIONS
    return "/" in bare and len(re.split(r"\s?/", bare)[0].split()) >= 2


_FOOTER = re.compile(
    r"\d{4}|rights reserved|riproduzione|reservados|vorbehalten|\bLLC\b|\bInc\b|\bLtd\b", re.IGNORECASE
)
_SECTIONS: Final = frozenset(
    "Archives Archiv Archivio Archivo ARCHIVO ARCHIV Arkiv X Pool Rex Map MAP TAP Contributed Submitted".split()
)


def _fits_two_part(text: str) -> bool:
    """ "Prakash Mathema. AFP": a name, a full stop, an agency."""
    name, stop, agency = text.partition(". ")
    return bool(stop) and _is_names(name) and AGENCY_WORD.fullmatch(agency.strip(" .")) is not None


def _fits_after_label(text: str) -> bool:
    """Whether what follows a label and its colon is a credit rather than a sentence."""
    text = text.strip()
    words = text.split()
    if not words or len(text) > 120 or len(words) > 14:
        return False
    if _breaks_off(text) and not _fits_two_part(text):
        return False
    if _is_names(text) or len(words) <= 4 or AGENCY_WORD.search(text):
        return True
    small = sum(word[0].islower() and word not in CONNECTORS for word in words)
    return (
        small <= len(words) * 0.6 and not (text.endswith((".", "!", "?")) and small > 2) and len(words) <= 12
    )


def _breaks_off(text: str) -> bool:
    """Whether a new sentence begins inside the text."""
    return any(not _ABBREVIATION.search(text[: found.end()].rstrip()) for found in _BREAK.finditer(text))


_SEPARATOR = re.compile(r"\s[|•·]\s?|[|•]\s?|\s[–—-]{1,2}\s?(?=\S)|\s//?\s|(?<=[.!?])\s?[/–—]\s?")
_SENTENCE_END = re.compile(r"[.!?…。][\"”’»)\]]{0,2}\s?(?=[^\W\d_a-zß-ÿ]|[a-z]{3,5}(?:/|\Z)|imago|picture)")


def _boundaries(text: str) -> Iterator[tuple[int, int, bool]]:
    """Where a credit may begin: (end of the caption, begin of the tail, is a separator), left to right."""
    start = max(0, len(text) - _TAIL)
    found: list[tuple[int, int, bool]] = [(0, 0, True)] if start == 0 else []
    found += [(m.start(), m.end(), True) for m in _SEPARATOR.finditer(text, start)]
    found += [
        (len(text[: m.end()].rstrip()), m.end(), False)
        for m in _SENTENCE_END.finditer(text, start)
        if not _ABBREVIATION.search(text[max(0, m.start() - 12) : m.start() + 1])
    ]
    yield from sorted(found)


def _ended(text: str) -> str:
    """Take off the separator that a credit left behind."""
    return text.rstrip(" |•·–—-/＝=").rstrip() if text else text


def _left_alone(text: str) -> str | None:
    """Say what at the end of a text may have been a credit, where nothing was taken off."""
    if _VIA.search(text[-60:]):
        return "the words after “via” may be a credit"
    agency = None
    for agency in AGENCY_WORD.finditer(text, max(0, len(text) - 40)):
        pass
    if agency and agency.end() >= len(text.rstrip(" .")) and len(text) > agency.end() - agency.start():
        return f"“{agency[0]}” at the end may be a credit"
    return None


_VIA = re.compile(r"\svia\s[@\w.’'-]+(?:\s[A-Z][\w.’'-]*){0,3}\s?\Z")
