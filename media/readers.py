"""The readers of what records hold: one line a way of reading; :mod:`media.formats` says which format is read how.

Each is imported when the first record of its type is met: an archive of pictures does not wait for the readers of
pages, nor the scanner, which reads nothing itself, for any.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from media import media_type
from media.archives.container import Span
from media.articles.article import Article
from media.captions.caption import Placement
from media.errors import ArticleError, CameraRawError, ImageError
from media.formats import FORMATS, Unread, Use
from media.locator import base_name
from media.pictures.image import Image
from media.record import Problem, Record


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one record may cost before it is left and named as a problem."""

    article_bytes: int = 32 << 20
    image_bytes: int = 512 << 20
    seconds: float = 60.0
    decoded_bytes: int = 1 << 30
    """Memory that decoding one picture may take."""


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
    spans: tuple[Span, ...] | None = None
    """Of a container: the parts whose members are still to be read; None: it is no container."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """The key of each caption's text (:func:`media.captions.key.caption_key`), found where
    there are workers to find it."""
    grown: bool = False
    """Of a container: the members that an earlier scan recorded are still what they were."""
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
        """The same, with the keys of its captions."""
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
    if not looks_like_json_articles(head, name):
        return Reading(record)
    return _parsed(record, lambda: read_json_articles(data, fields=dict(options.fields)))


def _read_newsml(record: Record, data: bytes, options: Options) -> Reading:
    from media.articles.newsml import read_newsml

    return _parsed(record, lambda: read_newsml(data))


def _read_markdown(record: Record, data: bytes, options: Options) -> Reading:
    from media.articles.markdown import read_markdown

    return _parsed(record, lambda: (read_markdown(data),))


_PICTURE_ENDINGS = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp")


def _read_sidecar(record: Record, data: bytes, options: Options) -> Reading:
    from media.pictures.sidecars import read_sidecar

    name = base_name(record.locator)
    said = read_sidecar(name, data)
    if said is None or not said.placements:
        return Reading(record)
    stem = name.rpartition(".")[0]
    named = [said.picture_name] if said.picture_name else []
    owned = [stem] if media_type.IMAGE_NAMES.search(stem) else [stem + each for each in _PICTURE_ENDINGS]
    addresses = [quote(each) for each in dict.fromkeys([*owned, *named])]
    placements = tuple(
        replace(each, image_src=addresses[0], evidence={**each.evidence, "image_srcs": addresses[1:]})
        for each in said.placements
    )
    return Reading(record, sidecar=placements)


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
        # A reader of ours met what it was not written for: the record is named, the scan goes on.
        reason = f"its reader failed on it ({type(error).__name__}: {error})"
        remedy = "Please report this with the file, if it may be shared."
        return Reading(record, problems=(Problem(record.locator, "parse", reason, remedy),))


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
}
READERS: dict[str, Reader] = {
    each.media_type: _BY_USE[each.use] for each in FORMATS if each.use is not None and each.use != "container"
}
"""Who reads what, by media type: as the table of formats says."""
