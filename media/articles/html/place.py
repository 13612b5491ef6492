"""Decides whether a caption or a picture on a page belongs to the article or to another story."""

from dataclasses import dataclass

from media.articles.html.body import Story
from media.articles.html.group import STEPS, Group
from media.articles.html.marks import BYLINE, CHROME, FIRM, LINK, NOSCRIPT
from media.articles.html.others import leads_to_story
from media.articles.html.page import Element, Page, Picture

_FEW_LINKS = 4
"""The share of links up to which an element with the name of furniture belongs to the article."""
_SHARE_CHARS = 50
"""The most characters of links to share an article; a link to another story has its headline."""
_SHARE_PICTURES = 2


def find_place(page: Page, story: Story) -> "Place":
    """Return where the article's captions and pictures are."""
    for block in page.blocks:
        element = block.element
        inside = story.start <= block.position < story.stop
        if inside and element.paragraph_chars and (element.tag, element.name) == story.usual:
            return Place(story.main, story.headline, block.position)
    return Place(story.main, story.headline, story.start)


@dataclass(frozen=True, slots=True)
class Place:
    """Separates the article's own pictures and captions from those of other stories."""

    main: Element
    headline: Element | None
    first: int
    """Position of the article's first paragraph."""

    def is_article(self, element: Element, group: Group | None, picture: Picture | None = None) -> bool:
        """Return whether an element, with its caption or picture, belongs to the article."""
        main = self.main
        if element.marks & NOSCRIPT and not main.marks & NOSCRIPT:
            return False
        # Furniture that holds nothing but this caption is named so by chance ("promo", "more-from-story").
        own_chars = sum(len(b.text) for b in (*group.blocks, *group.credits)) * 1.1 + 10 if group else -1
        at: Element | None = element
        for _ in range(STEPS):
            if at is None or at.holds(main):
                break
            if (
                at.own & CHROME
                and not (self.headline is not None and at.holds(self.headline))
                and at.text_chars > own_chars
                and (
                    at.own & FIRM
                    or (at.link_chars * _FEW_LINKS > at.text_chars and not self._is_shared(at, group))
                    or self._is_linked(at, group, picture)
                )
            ):
                return False
            if at.tag == "article" and at.paragraph_chars < 200 and at.link_chars:
                return False
            if at.tag in ("li", "ul", "ol") and at.link_chars * 2 > at.text_chars > 0:
                return False
            at = at.parent
        return True

    def _is_shared(self, around: Element, group: Group | None) -> bool:
        """Return whether the links around a marked caption above the text are only those to share the article."""
        if group is None or group.origin == "near-image" or group.picture is None:
            return False
        above = group.blocks[0].position < self.first and around.link_chars <= _SHARE_CHARS
        linked = leads_to_story(group.picture) or any(block.link_chars for block in group.blocks)
        return above and around.pictures <= _SHARE_PICTURES and not linked

    def _is_linked(self, around: Element, group: Group | None, picture: Picture | None) -> bool:
        """Return whether a caption or its picture links to another story."""
        if group is not None:
            picture = group.picture
        if picture is None or leads_to_story(picture):
            return True
        if group is None or group.origin == "near-image":
            return picture.position > self.first or around.link_chars > 0 or bool(picture.marks & LINK)
        return any(block.link_chars for block in group.blocks)

    def is_content(self, picture: Picture) -> bool:
        if picture.icon or picture.marks & ~self.main.marks & BYLINE:
            return False
        return self.main.holds(picture.element) and self.is_article(picture.element, None, picture)
