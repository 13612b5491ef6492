"""Which blocks of a page are the article's own text.

The innermost element that holds most of the page's running text is the article's; inside it, what is named or
set as furniture, lines that are links, words to the reader (follow us, read more) and headings over nothing
are left out. The summary under the headline is kept, sign-offs in brackets are kept, a bare name or place at
the end is not.
"""

import re
from collections import Counter
from collections.abc import Collection
from typing import Final

from media.articles.html_blocks import Block, Element, Page, ends_sentence, information
from media.articles.html_marks import (
    ARTICLE, BYLINE, CAPTION, CHROME, CREDIT, DATE, FIGCAPTION, FIGURE, HEADING, HIDDEN, INTERFACE, LIGHTBOX, LINK,
    LIST, NOSCRIPT, READER, STANDFIRST, STRONG, VIDEO,
)  # fmt: skip

_NOT_TEXT: Final = FIGCAPTION | FIGURE | HIDDEN | READER | NOSCRIPT | INTERFACE
_LABELLED: Final = BYLINE | DATE | CREDIT | CAPTION
# A share of the running text: what holds less beside its siblings is no place for the whole article.
_SHARE: Final = 0.75
_SHARE_OF_ARTICLE: Final = 0.5
"""Enough where the element says that it is the article."""
_LEAVES: Final = frozenset(("p", "li", "blockquote", "ul", "ol", "dd", "h2", "h3"))
_MAX_PREAMBLE: Final = 12

_PLATFORM: Final = (
    r"(?:facebook|twitter|instagram|whats\s?app|telegram|youtube|tik\s?tok|linkedin|google\s(?:news|discover|\+)|threads"
    r"|bluesky|mastodon|flipboard|newsletters?|podcasts?|rss|app\sstore|google\splay|line\sアプリ|微信|公众号|微博)"
)
_CALL: Final = (
    r"(?:follow|subscribe|sign\sup|join|get|download|click|check\sout|read|watch|listen|share|like\sthis|like\sus|find|visit"
    r"|log\sin|register|support|donate|don['’]t\smiss|stay|want|enjoy|keep\sup"
    r"|folg(?:e|en|t|st)|abonnier\w*|jetzt|lesen|hören|teilen|melde|laden"
    r"|suivez|abonnez|inscrivez|retrouvez|téléchargez|cliquez|lire|partagez"
    r"|síg(?:ue|a)\w*|sigue|suscr[ií]b\w*|únete|descarga\w*|recib[ea]|lea|lee|mira|comparte"
    r"|segui(?:ci|te)?|iscriviti|leggi|scarica|ricevi|clicca|siga|assine|inscreva|leia|receba|baixe|clique"
    r"|volg|lees|abonneer|meld|følg|les|læs|tilmeld|abonner|följ|läs|prenumerera|seuraa|lue|tilaa"
    r"|подпис\w+|читайте|следите|присоединя\w+|subskryb\w*|obserwuj|czytaj|zapisz|sledujte|čtěte|přihlaste"
    r"|abone|takip|cek|ikuti|baca|simak|dapatkan|theo\sdõi|đọc|jiunge|fuata|funda)"
)
_TO_READER = re.compile(
    rf"""\W*(?:
      {_CALL}\b.{{0,200}}\b{_PLATFORM}
    | (?:read|see|watch|listen|learn|find\sout)\s(?:more|also|next|here)\b | more\s(?:on|from|about)\b.{{0,60}}$
    | related(?:\s(?:roundup|stor(?:y|ies)|articles?|posts?|content|news|links?))?\s*[:|] | (?:also|must|don['’]t\smiss)\s*(?:read|see)?\s*[:|]
    | you\s(?:may|might)\salso\s(?:like|be\sinterested) | like\sthis\sstory | recommended(?:\sfor\syou)?\s*[:|]?$
    | (?:read|watch|listen|see\salso|also\sread)\s*[:|] | click\shere\b | (?:sign|log)\s(?:up|in)\b.{{0,120}}$
    | (?:this|the)\s(?:article|story|post|piece)\s(?:was\s)?(?:originally|first)\s(?:published|appeared)
    | (?:originally|first)\s(?:published|appeared)\s(?:on|in|at|by)\b
    | ©|\(c\)\s?(?:\d{{4}}|copyright)|copyright\b.{{0,80}}|all\srights\sreserved|alle\srechte\svorbehalten
    | tous\sdroits\sréservés|todos\s(?:los\s)?(?:derechos|direitos)\sreservados|tutti\si\sdiritti
    | (?:lesen|hören|sehen)\ssie\sauch|lesen\ssie\s(?:hier|mehr)|mehr\s(?:zum\sthema|dazu|artikel|lesen)|jetzt\sweiterlesen|auch\sinteressant
    | lire\s(?:aussi|également|la\ssuite)|à\slire\s(?:aussi|également)|sur\sle\smême\s(?:sujet|thème)|voir\saussi
    | le(?:e|a)\s(?:también|más)|te\s(?:puede|recomendamos)|le\spuede\sinteresar|más\sinformación|mira\stambién|vea\stambién|relacionad[oa]s?\b
    | leggi\sanche|potrebbe\sinteressarti|leia\s(?:também|mais)|veja\s(?:também|mais)|saiba\smais
    | lees\s(?:ook|meer)|les\sogså|læs\sogså|läs\s(?:också|mer|även)|lue\s(?:myös|lisää|seuraavaksi|aiheesta)
    | читайте\s(?:также|ещё)|читать\sтакже|смотрите\sтакже|по\sтеме|czytaj\s(?:też|także|więcej)|zobacz\s(?:też|także)
    | baca\sjuga|xem\sthêm|đọc\sthêm|ilgili\shaber|taip\spat\sskaitykite|čtěte\stak[ée]|funda\solunye
    | 関連記事|【関連|あわせて読みたい|続きを読む|相关(?:阅读|新闻|报道)|延伸阅读|推荐阅读|责任编辑|責任編輯|编辑[:：]|原标题|原標題|관련\s?기사|اقرأ\sأيض
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_OFFER = re.compile(
    r"(?:sign(?:ing)?\sup|subscribe)\s(?:to|for)\s(?:our|the|my)\b.{0,60}newsletter"
    r"|会員登録が必要|会員の方のみ|未经授权|轉載請|转载请|无断転載|無断転載",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"^\W*(?:\S+@\S+\.\w{2,}|(?:https?://)?(?:www\.)?[\w.-]+\.[a-z]{2,4}/\S*|@\w+)\W*$", re.IGNORECASE
)


def find_main(page: Page) -> Element | None:
    """Return the innermost element that holds most of the page's running text; None for a page without any."""
    if not page.elements:
        return None
    children: dict[int, list[Element]] = {}
    for element in page.elements:
        if element.parent is not None and element.paragraph_chars > 0:
            children.setdefault(element.parent.index, []).append(element)
    at = page.elements[0]
    while inner := children.get(at.index):
        best = max(inner, key=lambda element: element.paragraph_chars)
        share = _SHARE_OF_ARTICLE if best.own & ARTICLE else _SHARE
        if best.paragraph_chars < share * at.paragraph_chars or best.tag in _LEAVES:
            break
        at = best
    return at


def find_body(
    page: Page,
    main: Element | None,
    headline: Element | None,
    captions: Collection[int],
    told: str | None = None,
) -> list[Block]:
    """Return the article's blocks in order.

    ``captions`` holds the positions of blocks already known as captions; ``told`` is the text that the page
    gives of itself for machines, where it does.
    """
    if main is None:
        return []
    judge = _Judge(page, main)
    inside: list[Block] = []
    last = max((block.position for block in page.blocks if main.holds(block.element)), default=-1)
    for block in page.items[_first(page, main, headline) :]:
        if type(block) is not Block or block.position in captions:
            continue
        if main.holds(block.element):
            inside.append(block)
        elif block.position > last:
            break
        elif headline is not None and judge.is_summary(block):
            inside.append(block)
    verdicts = [judge.verdict(block) for block in inside]
    _drop_headings(inside, verdicts)
    body = [block for block, verdict in zip(inside, verdicts, strict=True) if verdict == _TEXT]
    return _without_echo(_trim(body))


_TEXT: Final = 0
_HEAD: Final = 1
_OTHER: Final = 2


class _Judge:
    """Judges the blocks of one page."""

    def __init__(self, page: Page, main: Element) -> None:
        self.main = main
        self.repeated = Counter(block.text for block in page.blocks if len(block.text) < 250)
        names = Counter[tuple[str, str]]()
        for block in page.blocks:
            if main.holds(block.element) and block.element.paragraph_chars:
                names[block.element.tag, block.element.name] += len(block.text)
        self.usual = names.most_common(1)[0][0] if names else ("p", "")

    def is_usual(self, element: Element) -> bool:
        """Whether the element is set as the article's paragraphs are, in a class of their own."""
        return bool(element.name) and (element.tag, element.name) == self.usual

    def is_summary(self, block: Block) -> bool:
        """Whether a block between headline and text is the article's summary."""
        if block.element.chrome is not None or block.marks & (_NOT_TEXT | _LABELLED | VIDEO | LINK):
            return False
        size = information(block.text)
        if size < 60 or block.link_chars * 2 > len(block.text) or _TO_READER.match(block.text):
            return bool(block.marks & STANDFIRST) and size >= 40 and ends_sentence(block.text)
        return ends_sentence(block.text) or bool(block.marks & STANDFIRST)

    def verdict(self, block: Block) -> int:
        main, element, text = self.main, block.element, block.text
        marks = block.marks & ~main.marks
        if marks & _NOT_TEXT or self._is_furniture(element):
            return _OTHER
        size = information(text)
        ended = ends_sentence(text)
        linked = block.link_chars / len(text)
        if linked > 0.7 or (linked > 0.4 and not ended):
            return _OTHER
        if marks & CHROME or (marks & _LABELLED and size < 200) or (marks & VIDEO and size < 250):
            return _OTHER
        if self.repeated[text] > 1 or _ADDRESS.match(text):
            return _OTHER
        if size < 400 and (_TO_READER.match(text) or _OFFER.search(text)):
            return _OTHER
        if element.tag == "h1" or (marks & LIGHTBOX and not ended):
            return _OTHER
        if (
            element.own & HEADING
            or (marks & STRONG and size < 120 and not ended)
            or text.endswith(":")
            and size < 80
        ):
            return _HEAD
        if (
            not ended
            and size < 40
            and element.tag not in ("p", "li", "td", "dd", "dt")
            and not block.after_break
        ):
            return _OTHER
        return _TEXT

    def _is_furniture(self, element: Element) -> bool:
        chrome = element.chrome
        if chrome is not None and chrome.depth > self.main.depth and not self.is_usual(element):
            return True
        at: Element | None = element
        for _ in range(6):
            if at is None or at.depth <= self.main.depth:
                return False
            if at.tag == "article" and at.paragraph_chars < 200 and at.link_chars:
                return True
            at = at.parent
        return False


def _first(page: Page, main: Element, headline: Element | None) -> int:
    """Position of the first block that may belong to the article."""
    for block in page.blocks:
        if main.holds(block.element):
            return block.position
        if headline is not None and headline.holds(block.element):
            return block.position + 1
    return 0


def _drop_headings(blocks: list[Block], verdicts: list[int]) -> None:
    """A heading is the article's where text follows; over links, boxes or nothing it goes with them."""
    following = _OTHER
    for index in range(len(blocks) - 1, -1, -1):
        if verdicts[index] == _HEAD:
            verdicts[index] = following
        else:
            following = verdicts[index]


def _trim(body: list[Block]) -> list[Block]:
    """Without the names, places and dates before the first and after the last paragraph."""
    first, last = 0, len(body)
    while first < last and not _is_paragraph(body[first]):
        first += 1
    while last > first and not _is_paragraph(body[last - 1]):
        last -= 1
    return body[first:last]


def _is_paragraph(block: Block) -> bool:
    return ends_sentence(block.text) or information(block.text) >= 100 or bool(block.marks & LIST)


def _without_echo(body: list[Block]) -> list[Block]:
    """Without a summary that the first paragraphs say again."""
    if len(body) > 1 and any(block.text.startswith(body[0].text[:80]) for block in body[1:4]):
        return body[1:]
    return body
