"""Marks that an element's name, class, id and attributes give to the text inside it.

A mark is one bit; an element's marks are its own and those that its ancestors hand down. The words are those
that page templates use for themselves, in the languages of the press; none is of one publisher.
"""

import re
from typing import Final

FIGURE: Final = 1
FIGCAPTION: Final = 2
CAPTION: Final = 4
CREDIT: Final = 8
LINK: Final = 16
HIDDEN: Final = 32
CHROME: Final = 64
"""Furniture of the page: navigation, sharing, adverts, related stories, comments."""
HEADING: Final = 128
QUIET: Final = 256
"""Set in italics or small type, as captions often are without other marks."""
VIDEO: Final = 512
LIGHTBOX: Final = 1024
"""Part of an overlay, a gallery or a slide show."""
BYLINE: Final = 2048
READER: Final = 4096
"""For screen readers only."""
ARTICLE: Final = 8192
"""Says that it holds the article's text."""
NOSCRIPT: Final = 16384
STRONG: Final = 32768
INTERFACE: Final = 65536
"""A button or a label: words of the interface."""
LIST: Final = 131072
QUOTE: Final = 262144
STANDFIRST: Final = 524288
"""The summary under the headline."""
DATE: Final = 1048576
CENTER: Final = 2097152
"""Set in the middle of the column."""
FIRM: Final = 4194304
"""Its tag or its role says that it is furniture, not merely a word in its name."""

INHERITED: Final = (
    FIGURE | FIGCAPTION | CAPTION | CREDIT | LINK | HIDDEN | QUIET | VIDEO | LIGHTBOX | BYLINE | READER | NOSCRIPT
    | STRONG | INTERFACE | LIST | QUOTE | STANDFIRST | DATE | CENTER
)  # fmt: skip

TAG_MARKS: Final[dict[str, int]] = {
    "figure": FIGURE,
    "figcaption": FIGCAPTION,
    "a": LINK,
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), HEADING),
    **dict.fromkeys(("em", "i", "small", "cite"), QUIET),
    **dict.fromkeys(("b", "strong"), STRONG),
    **dict.fromkeys(("footer", "aside", "form"), CHROME | FIRM),
    **dict.fromkeys(("video", "amp-video"), VIDEO),
    **dict.fromkeys(("article", "main"), ARTICLE),
    "noscript": NOSCRIPT,
    **dict.fromkeys(("button", "label"), INTERFACE),
    **dict.fromkeys(("ul", "ol"), LIST),
    "blockquote": QUOTE,
    "time": DATE,
    "center": CENTER,
}

_CAPTION = re.compile(
    r"(?<!no)(?<!no[-_])(?<!has)(?<!has[-_])(?<!with)(?<!with[-_])(?<!closed-)caption"
    r"(?![-_]?(?:toggle|off|link|button|icon)|ing|less)"
    r"|cutline|bild-?(?:unterschrift|text)|bilde?tekst|billed-?tekst|kuvateksti|pie-?(?:de-?)?foto|epigrafe"
    r"|didascalia|onderschrift|bijschrift|fotounterschrift|(?:photo|image|img|foto)-?legende?|(?<![a-z])(?:legende|leyenda|legenda)(?![a-z])|beeldtekst|beeldbeschrijving|fotobeschrijving|opis-?zdjecia|popisek"
    r"|kep-?alairas|resim-?alti|foto-?alti|pie-?(?:de-?)?imagen|foto-?onderschrift"
    # A block editor's "block-media-text" sets the article's text beside a picture.
    r"|(?:photo|image|img|(?<!block-)media|foto|picture)(?:[-_]*block)?[-_]*(?:desc(?:ription|r)?|text|txt)(?![a-z])"
)
_CREDIT = re.compile(
    r"credit|copyright|attribution|photographer|fotograf|photograf|(?<![a-z])courtesy|image-?source|photo-?by"
    r"|(?<![a-z])(?:source|quelle|kilde|fonte|fuente|bildquelle|img-?author|photo-?author|rights)(?![a-z])"
)
_CHROME = re.compile(
    r"""(?<![a-z])(?:
      shar(?:e|ing|es|ebar|ebuttons?)|socials?|(?:addthis|sharethis|a2a)
    | relateds?|recommend(?:ed|ations?|s)?|recirc(?:ulation)?|onward|trending|popular|latest|headlines
    | (?:more|most|read|see|also|you)[-_]?(?:more|from|stories|news|articles|read|popular|viewed|recent|also|may)
    | teasers?|[a-z]*promos?|upsell|marketing|outbrain|taboola|crosslinks?|lire-?aussi|leggi-?anche|lesen-?sie-?auch
    | ver-?tambien|lee-?tambien|mehr-?zum-?thema|weiterlesen
    | advert(?:s|isement|isements|ising|orial)?|ads?|ad-?(?:slot|unit|box|wrapper|container)|dfp|sponsor(?:ed|s)?|banner
    | newsletters?|subscri(?:be|ption)s?|sign-?up|login|register|paywall-?(?:box|message|offer|teaser)|offer|abo
    | donat(?:e|ion)s?|cta|consent|gdpr|cookies?|popup
    | comments?|kommentare?|commentaires|comentarios|disqus|feedback|poll|voting|quiz|ratings?
    | sidebar|breadcrumbs?|menu|nav|navigation|navbar|footer|toolbar|toolbox|tools|actions?|skip|hidden-print
    | tags|tag-?(?:list|cloud)|taglist|keywords|topics|followus|follow
    | bio|author-?(?:bio|box|info|card|description)|authorbox|disclaimer|player-?controls|widget_text|toast|tooltip
    | reactions?|whatsapp|telegram|facebook|twitter-tweet|instagram-media|fb-post|tiktok-embed|twitter-follow
    )(?![a-z])""",
    re.VERBOSE,
)
_ARTICLE = re.compile(
    r"(?:article|story|post|entry|news|content|text|detail)[-_]*(?:body|content|text|main|detail)|articlebody|storybody"
    r"|body-?(?:text|copy|content)|maincontent|main-?content|fliesstext|cuerpo|corps|artikel"
)
_HIDDEN = re.compile(
    # "hidden md:block" and "d-none d-md-block" hide on small screens only.
    r"(?<!\S)(?:is-|u-|ng-)?(?:hidden|hide|d-none|invisible|display-none)(?!\S)(?!.*(?:block|flex|inline|grid)(?!\S))"
)
_READER = re.compile(
    r"sr-?only|visually-?hidden|screen-?reader|a11y|element-invisible|u-hidden|(?<![a-z])vh(?![a-z])"
)
_LIGHTBOX = re.compile(
    r"lightbox|pswp|zoom|full-?screen|modal|overlay|fancybox|slideshow|gallery|galerie|diashow|carousel|slider|swiper"
)
_VIDEO = re.compile(r"(?<![a-z])(?:video|jwplayer|brightcove|youtube|vjs|player)(?![a-z])")
_BYLINE = re.compile(
    r"(?<![a-z])(?:by-?line|authors?|autor(?:e|es|en)?|auteurs?|redaktion|writer|contributors?|journalist(?:e|a|en)?|periodistas?|redactor(?:es)?"
    r"|firma(?:nte)?s?|firmado|giornalist[aei]|skribent(?:en)?|författare|forfatter(?:en)?|kirjoittaja|toimittaja"
    r"|dziennikarz|yazar)(?![a-z])"
    r"|avatar"
)
_STANDFIRST = re.compile(
    r"standfirst|(?<![a-z])(?:sub-?(?:title|head|heading|headline)|dek|deck|summary|lede|chapo|sottotitolo|bajada"
    r"|intro|lead|teaser-?text|excerpt|description|vorspann|abstract|ingress)(?![a-z])"
)
_DATE = re.compile(r"(?<![a-z])(?:date|datetime|time-?stamp|time|published|pubdate|fecha|datum)(?![a-z])")
_PATTERNS: Final = (
    (_CAPTION, CAPTION),
    (_CREDIT, CREDIT),
    (_CHROME, CHROME),
    (_ARTICLE, ARTICLE),
    (_HIDDEN, HIDDEN),
    (_READER, READER),
    (_LIGHTBOX, LIGHTBOX),
    (_VIDEO, VIDEO),
    (_BYLINE, BYLINE),
    (_STANDFIRST, STANDFIRST),
    (_DATE, DATE),
)
_NO_DISPLAY = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")
_CHROME_ROLES: Final = frozenset(
    (
        "navigation",
        "complementary",
        "contentinfo",
        "search",
        "banner",
        "dialog",
        "alertdialog",
        "menu",
        "toolbar",
    )
)
_STATE = re.compile(r"(?<![a-z])(?:has|with|no|without|not|enabled?|disabled?)[-_][a-z_-]+")
"""Names of what a wrapper contains, not of what it is: has-sidebar, with-caption."""
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

# Templates repeat their classes on every page, so an archive has few of them.
_known: dict[str, int] = {}
_MAX_KNOWN: Final = 20_000
_MAX_NAME: Final = 400
"""Names that are remembered, and characters of one: generated names would fill memory."""


def marks_of_class(name: str) -> int:
    """Return the marks of a class or id attribute."""
    try:
        return _known[name]
    except KeyError:
        return _read_marks(name)


def _read_marks(name: str) -> int:
    text = name[:_MAX_NAME]
    text = _STATE.sub("", _CAMEL.sub("-", text).lower())
    marks = 0
    for pattern, mark in _PATTERNS:
        if pattern.search(text):
            marks |= mark
    if len(_known) >= _MAX_KNOWN:
        _known.clear()
    if len(name) <= _MAX_NAME:
        _known[name] = marks
    return marks


PROPERTIES: Final = ("data-props", "data-react-props")
"""Attributes in which a site's own components keep what they show; the outermost object is the component itself."""
GALLERY: Final = (
    *PROPERTIES,
    "data-gallery",
    "data-images",
    "data-slides",
    "data-items",
    "data-photos",
    "data-slideshow",
    "data-pictures",
)
"""Attributes in which galleries keep their pictures, as JSON."""
TELLING: Final = frozenset(("style", "hidden", "aria-hidden", "align", "role", "itemprop", *GALLERY))
"""Attributes, class and id apart, that say something of an element's text."""


def marks_of_attributes(attributes: dict[str, str | None]) -> int:
    """Return the marks of an element's attributes other than its class and id."""
    marks = 0
    style = attributes.get("style")
    if style:
        style = style[:_MAX_NAME].lower()
        if ("none" in style or "hidden" in style) and _NO_DISPLAY.search(style):
            marks |= HIDDEN
        if "center" in style and "align" in style:
            marks |= CENTER
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        marks |= HIDDEN
    if attributes.get("align") == "center":
        marks |= CENTER
    if attributes.get("role") in _CHROME_ROLES:
        marks |= CHROME | FIRM
    return marks | _ITEMPROPS.get(attributes.get("itemprop") or "", 0)


_ITEMPROPS: Final = {
    "articleBody": ARTICLE,
    "caption": CAPTION,
    "copyrightHolder": CREDIT,
    "creditText": CREDIT,
}
