"""The readers of what records hold: one line a way of reading; :mod:`media.formats` says which format is read how.

Each is imported when the first record of its type is met: an archive of pictures does not wait for the readers of
pages, nor the scanner, which reads nothing itself, for any.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from media import media_type
from media.archives.container import Span
from media.articles.article import Article
from media.captions.caption import Placement
from media.errors import ArticleError, CameraRawError, ImageError, NotInstalledError
from media.faults import describe_fault
from media.formats import FORMATS, NEWSML_1, Unread, Use
from media.locator import base_name
from media.pictures.image import FIELDS, Image, Metadata
from media.record import Problem, Record

CONTAINER_BYTES_PER_SECOND = 20_000
"""How slowly the members of a container may be read, of its stored bytes: compressed lines take a fifth of that."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one record may cost before it is left and named as a problem."""

    article_bytes: int = 32 << 20
    image_bytes: int = 512 << 20
    seconds: float = 60.0
    decoded_bytes: int = 1 << 30
    """Memory that decoding one picture may take."""
    container_seconds: float = 600.0
    """Processor time that the members of a container may take, beside what its size allows; 0: any."""

    def seconds_for(self, container_bytes: int) -> float:
        """Processor time that all members of a container of this size may take."""
        if self.container_seconds <= 0:
            return math.inf
        return self.container_seconds + container_bytes / CONTAINER_BYTES_PER_SECOND


@dataclass(frozen=True, slots=True)
class Options:
    """What is read of each record."""

    limits: Limits = field(default_factory=Limits)
    parts: bool = True
    """Whether local features are taken, which find crops and framed pictures."""
    contents: bool = True
    """Whether pictures and articles are read; False: only digests are taken."""
    fields: tuple[tuple[str, str], ...] = ()
    """Of JSON: (what is meant, the field that holds it), see :func:`media.articles.jsonlines.read_json_article`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one record holds."""

    record: Record
    articles: tuple[Article, ...] = ()
    image: Image | None = None
    problems: tuple[Problem, ...] = ()
    sidecar: tuple[Placement, ...] = ()
    """What a sidecar says of the picture beside it, by the addresses that the picture may have."""
    beside: Metadata | None = None
    """What a sidecar says of it beside captions: credit, keywords, date, place."""
    spans: tuple[Span, ...] | None = None
    """Of a container: the parts whose members are still to be read; None: it is no container."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """The key of each caption's text (:func:`media.captions.key.caption_key`), found where
    there are workers to find it."""
    grown: bool = False
    """Of a container: the members that an earlier scan recorded are still what they were."""
    within: tuple[tuple[int, bytes], ...] = ()
    """Of a page: the pictures that are in its own text, each with the offset at which it begins."""
    unread: Unread | None = None
    """Why it yields nothing, where that is no fault: its format is not read, or nothing was in it."""

    def placements(self) -> Iterator[Placement]:
        """Every placement of the record."""
        for article in self.articles:
            yield from article.placements
        if self.image is not None:
            yield from self.image.placements
        yield from self.sidecar

    def with_keys(self) -> "Reading":
        """Return the same, with the keys of its captions."""
        texts = {each.caption.text for each in self.placements() if each.caption is not None}
        if not texts:
            return self
        from media.captions.key import caption_key

        return replace(self, keys={text: caption_key(text) for text in texts})


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads what records of some type hold."""

    noun: str
    read: Callable[[Record, bytes, Options], Reading]
    limit: Callable[[Limits], int]
    """How many bytes it takes at most."""


def _read_image(record: Record, data: bytes, options: Options) -> Reading:
    from media.pictures.read import read_image

    try:
        image = read_image(
            data,
            sha256=record.sha256 or "",
            parts=options.parts,
            memory_bytes=options.limits.decoded_bytes,
        )
    except NotInstalledError:
        return Reading(record, unread="unread")
    except CameraRawError:
        return Reading(replace(record, media_type=media_type.CAMERA_RAW))
    except ImageError as error:
        return Reading(record, problems=(Problem(record.locator, "decode", error.reason, error.remedy),))
    if image.contents.damage is None:
        return Reading(record, image=image)
    remedy = (
        "What is there was read, and is compared with the others. Restore it from its source or a backup."
    )
    problem = Problem(record.locator, "decode", f"The picture is {image.contents.damage}", remedy)
    return Reading(record, image=image, problems=(problem,))


def _read_html(record: Record, data: bytes, options: Options) -> Reading:
    from media.articles.html.read import read_html

    return _parsed(record, lambda: (read_html(data, charset=record.charset, url=record.target_uri),))


def _read_text(record: Record, data: bytes, options: Options) -> Reading:
    from media.articles.text.read import read_text

    return _parsed(record, lambda: (read_text(data, name=base_name(record.locator)),))


def _read_json(record: Record, data: bytes, options: Options) -> Reading:
    from media.articles.jsonlines import looks_like_json_articles, read_json_articles
    from media.articles.ninjs import looks_like_ninjs, read_ninjs

    head, name = data[: media_type.HEAD_BYTES], base_name(record.locator)
    if looks_like_ninjs(head, name):
        return _parsed(record, lambda: (read_ninjs(data),))
    loosely = looks_like_json_articles(head, name)
    reading = _parsed(record, lambda: read_json_articles(data, fields=dict(options.fields), loosely=loosely))
    # Nobody said that it holds articles: what is wrong with it is no matter.
    return reading if loosely or reading.articles else Reading(record)


def _read_feed_item(record: Record, data: bytes, options: Options) -> Reading:
    from media.articles.feed import FeedItem, read_item, read_picture

    try:
        item = FeedItem(data)
    except ArticleError as error:
        return Reading(record, problems=(Problem(record.locator, "parse", error.reason, error.remedy),))
    if item.kind == "attachment":
        told = read_picture(item)
        return Reading(record, sidecar=(told,)) if told else Reading(record, unread="support")
    if item.is_support:
        return Reading(record, unread="support")
    reading = _parsed(record, lambda: (read_item(item),))
    if item.fault is None:
        return reading
    reason = f"the XML of the item breaks off or is wrong ({item.fault}); what came before was read"
    problem = Problem(
        record.locator, "parse", reason, "Restore the file from its source, or export it again."
    )
    return replace(reading, problems=(problem, *reading.problems))


def _read_mail(record: Record, data: bytes, options: Options) -> Reading:
    from media.articles.mail import read_mail

    return _parsed(record, lambda: (read_mail(data),))


def _read_newsml(record: Record, data: bytes, options: Options) -> Reading:
    from media.articles.newsml import read_newsml
    from media.articles.newsml1 import read_newsml1

    read = read_newsml1 if record.media_type == NEWSML_1 else read_newsml
    return _parsed(record, lambda: read(data))


def _read_wire(record: Record, data: bytes, options: Options) -> Reading:
    from media.articles.wire import read_wire

    return _parsed(record, lambda: (read_wire(data),))


def _read_markdown(record: Record, data: bytes, options: Options) -> Reading:
    from media.articles.markdown.read import read_markdown

    return _parsed(record, lambda: (read_markdown(data, name=base_name(record.locator)),))


def _read_sidecar(record: Record, data: bytes, options: Options) -> Reading:
    from media.pictures.sidecars import edited_names, owner_names, read_sidecar

    name = base_name(record.locator)
    said = read_sidecar(name, data)
    if said is None:
        return Reading(record)
    beside = replace(said.metadata, caption=None)
    placements = said.placements
    if not placements and beside != Metadata():
        fields = [each for each in FIELDS if getattr(beside, each)]
        placements = (Placement("sidecar", None, evidence={"fields": fields}),)
    if not owner_names(name, said.picture_name):  # as in a crawl, where nothing lies beside it
        return Reading(record)
    told = [_placed(each, owner_names(name, said.picture_name)) for each in placements]
    # An edited copy beside the picture has the same sidecar: to it, it says the same once more.
    if copies := edited_names(name, said.picture_name):
        told += [
            _placed(replace(each, position=1), copies) for each in placements if each.origin == "sidecar"
        ]
    return Reading(record, sidecar=tuple(told), beside=beside if beside != Metadata() and told else None)


def _placed(placement: Placement, names: Sequence[str]) -> Placement:
    """Return a placement of the picture beside a sidecar that has the first of these names that there is."""
    addresses = [quote(each) for each in names]
    evidence = {**placement.evidence, "image_srcs": addresses[1:]}
    return replace(placement, image_src=addresses[0], evidence=evidence)


def _read_json_line(record: Record, data: bytes, options: Options) -> Reading:
    from media.articles.jsonlines import read_json_article

    try:
        article = read_json_article(data, fields=dict(options.fields))
    except ArticleError as error:
        return Reading(record, problems=(Problem(record.locator, "parse", error.reason, error.remedy),))
    return Reading(record, (article,) if article else ())


def _parsed(record: Record, parse: Callable[[], Iterable[Article]]) -> Reading:
    try:
        return Reading(record, articles=tuple(parse()))
    except ArticleError as error:
        return Reading(record, problems=(Problem(record.locator, "parse", error.reason, error.remedy),))
    except (ValueError, LookupError, ArithmeticError, RecursionError, AssertionError) as error:
        return Reading(record, problems=(describe_fault(record.locator, "parse", error),))


def _article_bytes(limits: Limits) -> int:
    return limits.article_bytes


_BY_USE: dict[Use, Reader] = {
    "picture": Reader("picture", _read_image, lambda limits: limits.image_bytes),
    "page": Reader("page", _read_html, _article_bytes),
    "text": Reader("text", _read_text, _article_bytes),
    "article": Reader("article", _read_json, _article_bytes),
    "message": Reader("message", _read_newsml, _article_bytes),
    "sidecar": Reader("sidecar", _read_sidecar, _article_bytes),
    "markdown": Reader("text", _read_markdown, _article_bytes),
    "line": Reader("line", _read_json_line, _article_bytes),
    "wire": Reader("text", _read_wire, _article_bytes),
    "mail": Reader("message", _read_mail, _article_bytes),
    "item": Reader("item", _read_feed_item, _article_bytes),
}
READERS: dict[str, Reader] = {
    each.media_type: _BY_USE[each.use] for each in FORMATS if each.use is not None and each.use != "container"
}
"""Who reads what, by media type: as the table of formats says."""
