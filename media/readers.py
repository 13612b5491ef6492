"""The ways of reading records, and their results; :mod:`media.formats` assigns them to formats.

A reader is imported with the first record of its format: an archive of pictures does not wait for the readers of pages,
and the scanning process, which reads nothing itself, waits for none.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any, BinaryIO
from urllib.parse import quote

from media.archives.container import Container, Span
from media.articles.article import Article, Found, Hints
from media.captions.caption import Placement
from media.errors import ArticleError, CameraRawError, ImageError, NotInstalledError
from media.faults import describe_fault
from media.formats import CAMERA_RAW, Format, Unread, Use, format_of, load
from media.left_out import REMEDY, collect_left_out
from media.locator import base_name
from media.media_type import HEAD_BYTES, recognise
from media.pictures.image import Image
from media.pictures.metadata.metadata import FIELDS, Metadata
from media.record import Problem, Record

CONTAINER_BYTES_PER_SECOND = 20_000
"""The least speed of reading a container's members, in stored bytes per second: compressed lines need a fifth of the
time that it allows."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one record; beyond them it is left and named as a problem."""

    article_bytes: int = 32 << 20
    image_bytes: int = 512 << 20
    seconds: float = 60.0
    decoded_bytes: int = 1 << 30
    """Memory for decoding one picture, in bytes."""
    container_seconds: float = 600.0
    """Processor time for the members of a container, in addition to that for its size; 0: no limit."""

    def seconds_for(self, container_bytes: int) -> float:
        """Return the processor time that all members of a container of this size may take."""
        if self.container_seconds <= 0:
            return math.inf
        return self.container_seconds + container_bytes / CONTAINER_BYTES_PER_SECOND


@dataclass(frozen=True, slots=True)
class Options:
    """Options of reading a record."""

    limits: Limits = field(default_factory=Limits)
    parts: bool = True
    """Whether local features are computed, which find crops and framed pictures."""
    contents: bool = True
    """Whether pictures and articles are read; if False, only digests are computed."""
    fields: tuple[tuple[str, str], ...] = ()
    """For JSON: pairs (name, field that holds it), see :func:`media.articles.jsonlines.read_json_article`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The content of one record."""

    record: Record
    articles: tuple[Article, ...] = ()
    image: Image | None = None
    problems: tuple[Problem, ...] = ()
    sidecar: tuple[Placement, ...] = ()
    """The captions of a sidecar, by the addresses that the picture beside it may have."""
    beside: Metadata | None = None
    """The other metadata of a sidecar: credit, keywords, date, place."""
    spans: tuple[Span, ...] | None = None
    """For a container: the parts whose members are still to be read; None: not a container."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """The key of each caption's text (:func:`media.captions.key.caption_key`), found where
    there are workers to find it."""
    grown: bool = False
    """For a container: whether the members that an earlier scan recorded are unchanged."""
    within: Container | None = None
    """The pictures inside the record: those in a page's text, a TIFF's further pages."""
    unread: Unread | None = None
    """Why it yields nothing, if that is not an error: its format is not read, or it was empty."""

    def placements(self) -> Iterator[Placement]:
        """Yield every placement of the record."""
        for article in self.articles:
            yield from article.placements
        if self.image is not None:
            yield from self.image.placements
        yield from self.sidecar

    def with_keys(self) -> "Reading":
        """Return the reading with the keys of its captions."""
        texts = {each.caption.text for each in self.placements() if each.caption is not None}
        if not texts:
            return self
        from media.captions.key import caption_key

        return replace(self, keys={text: caption_key(text) for text in texts})


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads records of one format."""

    format: Format
    read: Callable[[Record, bytes, Options], Reading]

    @property
    def noun(self) -> str:
        """The name of one record."""
        return "picture" if self.format.use == "picture" else self.format.singular

    def limit(self, limits: Limits) -> int:
        """Return the most bytes that a record may have."""
        return limits.image_bytes if self.format.use == "picture" else limits.article_bytes


@cache
def reader_of(media_type: str) -> Reader | None:
    """Return the reader of a media type; None if it is not read, or is a container."""
    known = format_of(media_type)
    way = _WAYS.get(known.use) if known.use else None
    return Reader(known, partial(way, known)) if way else None


def picture_opener(head: bytes) -> Callable[[BinaryIO], Any] | None:
    """Return the function that opens a picture with this beginning; None: :mod:`media.pictures.decode` does."""
    return _opener(format_of(recognise(head[:HEAD_BYTES], "")))


def _opener(known: Format) -> Callable[[BinaryIO], Any] | None:
    opener: Callable[[BinaryIO], Any] | None = load(known.reader) if known.reader else None
    return opener


def _read_picture(known: Format, record: Record, data: bytes, options: Options) -> Reading:
    from media.pictures.read import read_image

    try:
        image = read_image(
            data,
            sha256=record.sha256 or "",
            parts=options.parts,
            memory_bytes=options.limits.decoded_bytes,
            opener=_opener(known),
        )
    except NotInstalledError:
        return Reading(record, unread="unread")
    except CameraRawError:  # Its first bytes did not show this.
        return _read_picture(format_of(CAMERA_RAW), replace(record, media_type=CAMERA_RAW), data, options)
    except ImageError as error:
        return Reading(record, problems=(Problem(record.locator, "decode", error.reason, error.remedy),))
    if image.contents.damage is None:
        return Reading(record, image=image)
    remedy = (
        "What is there was read, and is compared with the others. Restore it from its source or a backup."
    )
    problem = Problem(record.locator, "decode", f"The picture is {image.contents.damage}", remedy)
    return Reading(record, image=image, problems=(problem,))


def _read_articles(known: Format, record: Record, data: bytes, options: Options) -> Reading:
    hints = Hints(base_name(record.locator), record.target_uri, record.charset, dict(options.fields))
    found: list[Found] = []
    problems: list[Problem] = []
    try:
        with collect_left_out() as left_out:
            given = load(known.reader)(data, hints)
            found = [given] if isinstance(given, Article) else list(given or ())
        problems = [Problem(record.locator, "parse", each, REMEDY) for each in left_out]
    except ArticleError as error:
        found = [error]
    except (ValueError, LookupError, ArithmeticError, RecursionError, AssertionError) as error:
        problems.append(describe_fault(record.locator, "parse", error))
    problems += [
        Problem(record.locator, "parse", each.reason, each.remedy)
        for each in found
        if isinstance(each, ArticleError)
    ]
    return Reading(
        record,
        articles=tuple(each for each in found if isinstance(each, Article)),
        sidecar=tuple(each for each in found if isinstance(each, Placement)),
        problems=tuple(problems),
        unread=next((each for each in found if isinstance(each, str)), None),
    )


def _read_sidecar(known: Format, record: Record, data: bytes, options: Options) -> Reading:
    from media.pictures.sidecars import edited_names, owner_names

    name = base_name(record.locator)
    said = load(known.reader)(name, data)
    if said is None:
        return Reading(record)
    beside = replace(said.metadata, caption=None)
    placements = said.placements
    if not placements and beside != Metadata():
        fields = [each for each in FIELDS if getattr(beside, each)]
        placements = (Placement("sidecar", None, evidence={"fields": fields}),)
    if not owner_names(name, said.picture_name):  # As in a crawl, where no file is beside it.
        return Reading(record)
    told = [_placed(each, owner_names(name, said.picture_name)) for each in placements]
    # An edited copy beside the picture has the same sidecar: the caption applies to it, too.
    if copies := edited_names(name, said.picture_name):
        told += [
            _placed(replace(each, position=1), copies) for each in placements if each.origin == "sidecar"
        ]
    return Reading(record, sidecar=tuple(told), beside=beside if beside != Metadata() and told else None)


def _placed(placement: Placement, names: Sequence[str]) -> Placement:
    """Return a placement of the picture beside a sidecar with the first of these names that exists."""
    addresses = [quote(each) for each in names]
    evidence = {**placement.evidence, "image_srcs": addresses[1:]}
    return replace(placement, image_src=addresses[0], evidence=evidence)


_WAYS: dict[Use, Callable[[Format, Record, bytes, Options], Reading]] = {
    "picture": _read_picture,
    "article": _read_articles,
    "sidecar": _read_sidecar,
}
"""The way each format is read; containers are opened by :mod:`media.archives.open_container`."""
