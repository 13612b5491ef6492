"""Text before and around a caption that is not part of it: lead-ins and interface words."""

import re
from typing import Final

from media.captions.credit_shape import fits_after_label, stands_alone


def without_interface_words(text: str) -> str:
    """Remove interface words around a caption: counters, "hide caption", "Image:", "Visa mer"."""
    for _ in range(4):
        found = _FRONT_WORDS.match(text)
        if not found or not found.end():
            break
        text = text[found.end() :].lstrip()
    for _ in range(3):
        tail = text[-60:]
        # Most captions end in none of these: asking first saves a fifth of the time a caption takes.
        if not tail.lower().endswith(_LAST_WORDS):
            break
        found = _END_WORDS.search(tail)
        if not found:
            break
        text = text[: len(text) - len(tail) + found.start()].rstrip()
    label = _FRONT_LABEL.match(text) if ":" in text[:_LABEL] or "：" in text[:_LABEL] else None
    if label and not stands_alone(text):
        text = text[label.end() :]
    return text


def split_lead(text: str) -> tuple[str | None, str]:
    """Separate the lead-in ("FILE -", "Above:") from a caption's front: (lead-in or None, the rest)."""
    found = _LEAD.match(text)
    if not found or found.end() == len(text):
        return None, text
    rest = text[found.end() :].lstrip()
    if fits_after_label(rest) and found["lead"].lower().startswith(("arch", "symbol", "ark", "foto", "фото")):
        return None, text  # "Archivfoto: ON" is a credit, not a lead-in
    return found["lead"].strip("() []"), rest


_PICTURE: Final = "(?:image|photo|picture|slide|bild|foto|imagen|imagem|immagine|photograph|figure|kuva|фото)"
_OF: Final = "(?:of|von|de|di|sur|av|af|van|из|/|of /)"
_FRONT_WORDS = re.compile(
    rf"""(?:
      open\ (?:this\ )?(?:photo|image|picture)\ in\ gallery:?\s?
    | (?:view|open)\ (?:image|photo|gallery)(?:\ in\ (?:full\ ?screen|gallery|a\ new\ tab))?:?\s?
    | (?:click|tap)\ (?:here\ )?(?:to|for)
      \ (?:enlarge|expand|zoom|view\ full\ size|a\ larger\ image):?\s?
    | enlarge\ (?:this\ )?(?:image|photo):?\s? | slideshow\ ?\(\ ?\d{{1,3}}\ (?:images|photos)\ ?\):?\s?
    | view\ full\ size(?:\ image)?:?\s? | 이미지\ ?확대(?:보기)?\s? | 사진\ ?확대(?:보기)?\s?
    | (?:写真を|画像を)拡大(?:する)?\s?
    | ampliar\ (?:la\ )?(?:imagen|foto):?\s?
    | voir\ (?:l['’]image|la\ photo):?\s?
    | bild\ vergr(?:ö|oe)(?:ß|ss)ern:?\s?
    | agrandir\ l['’]image:?\s?
    | {_PICTURE}\ ?\#?\d{{1,3}}\ ?{_OF}\ ?\d{{1,3}}(?:\s?[.:)|–-]\s?|\s+|$)
    | \(?\d{{1,3}}\ ?(?:of|von|de|di|sur|av|/)\ ?\d{{1,3}}\)?(?:\s?[.:)|–-]\s+|\s+(?=(?-i:[^\W\d_a-zß-ÿ]))|$)
    | {_PICTURE}\ caption,?:?\s? | (?:media|video)\ caption(?::\s?|(?=(?-i:[^\W\d_a-zß-ÿ])))
    | caption:\s? | legende?:\s? | bildunterschrift:\s? | pie\ de\ foto:\s?
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_LABEL: Final = 12
"""Characters of the longest front label, its colon included."""
_FRONT_LABEL = re.compile(
    r"(?:image|photo|picture|foto|bild|imagen|imagem|immagine|kuva|фото|写真|사진)\s?[:：]\s?", re.IGNORECASE
)
_END_WORDS = re.compile(
    r"""(?:
      \s?(?:hide|toggle|show|view|close|expand)\ (?:full\ )?caption
    | \s?(?:read|see|show|view|learn)\ (?:more|less)
    | (?<=[\w.)!?…”"\]])\s?(?:Visa\ mer|Vis\ mer|Läs\ mer|Les\ mer|Læs\ mere|Leer\ más|Ver\ más
      |Lire\ (?:la\ suite|plus)|Voir\ plus|Leia\ mais|Mehr\ (?:anzeigen|lesen)|Weiterlesen
      |Näytä\ lisää|Lees\ meer|Читать\ далее|もっと見る|続きを読む|더\ ?보기)
    | (?<=[.)!?…”"\]])\s?(?:credits?|photo|image|source|copyright|foto|bild|quelle|crédits?|créditos?|crediti
      |fuente|fonte|bron|kilde|källa|zdroj|źródło|kuva|beeld|imagen|imagem|immagine|fotó|фото|источник):?
    | (?<=[.)!?…”"\]])\s?(?:less|more|close|enlarge|expand|share|download|zoom|caption)
    | (?<=[.)!?…”"\]])\s(?:Enlarge|Vergrößern|Ampliar|Ingrandisci|Agrandir|Zoom|Close|Schließen
      |Buy\ (?:photo|this\ photo))
    | \s(?:view|open)\ (?:image|photo|picture)?\ ?in\ (?:full\ ?screen|gallery)
    | \s(?:enlarge|view|open)\ (?:this\ )?(?:image|photo|picture)
    | \s?[|(]?(?:click|tap)\ to\ (?:enlarge|expand|zoom)\)?
    | (?<=[.)!?…”"\]])\s\(?\d{1,3}\ ?(?:of|/)\ ?\d{1,3}\)?
    | (?<=[.)!?…”"\]])\s{0,2}(?:写真を)?拡大(?:する|表示)?
    )\s?\Z""",
    re.IGNORECASE | re.VERBOSE,
)
_LAST_WORDS: Final = (
    "credit", "credits", "foto", "bild", "quelle", "crédit", "source", "copyright", ":", "crédits", "crédito",
    "créditos", "crediti", "fuente", "fonte", "bron", "kilde", "källa", "zdroj", "źródło", "kuva", "beeld", "imagen",
    "imagem", "immagine", "fotó", "фото", "источник",
    "caption", "more", "less", "mer", "mere", "más", "suite", "plus", "mais", "anzeigen", "lesen", "weiterlesen",
    "lisää", "meer", "далее", "もっと見る", "続きを読む", "보기", "close", "enlarge", "expand",
    "share", "download", "zoom",
    "vergrößern", "ampliar", "ingrandisci", "agrandir", "schließen", "photo", "screen", "fullscreen", "gallery",
    "image", "picture", ")", *"0123456789", "拡大", "拡大する", "拡大表示", " ",
)  # fmt: skip

_LEAD = re.compile(
    r"""(?P<lead>
      \((?:FILES?|ARCHIVES?)\) | (?:FILES?|File|ARCHIVES?|ARCHIVO|ARCHIV|ARKIV)(?=\s?[-–—:|]\s)
    | (?:\[FILE\])
    | FILE[ -](?:PHOTO|PHOTOGRAPH|IMAGE|PICTURE|PIC)S?\b | File[ -](?:photo|image|picture)s?\b(?=\s?[-–—:|])
    | (?:ARCHIVE|Archive|STOCK|Stock|LIBRARY|Library)[ -](?:PHOTO|[Pp]hoto|IMAGE|[Ii]mage)\b(?=\s?[-–—:|])
    | (?:Archivbild|Archivfoto|Symbolbild|Symbolfoto|Arkivbild|Arkivfoto|Arkistokuva|Kuvituskuva|Archieffoto
      |Foto\ de\ archivo|Imagen\ de\ archivo|Foto\ d['’]archivio|Photo\ d['’]archives?|Foto\ de\ arquivo
      |Архивное\ фото|Arşiv)(?=\s?[:–—|]\s|\s-\s)
    | (?:Pictured|Shown|Seen)(?:\ (?:above|below|here|left|right))?(?=:\s)
    | (?:Above|Below|Top|Main\ image|Main\ picture|Main\ photo|Header\ image|Featured\ image
      |Cover\ photo|Oben|Unten|Arriba|Abajo
      |Ci-dessus|Ci-dessous)(?=:\s)
    )\s?(?:[-–—:|]+\s?)?""",
    re.VERBOSE,
)
