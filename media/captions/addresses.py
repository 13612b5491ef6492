"""Finds the record of the archive that a page's picture address means."""

import posixpath
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, quote, unquote, urldefrag, urljoin, urlsplit

_SIZE_SUFFIX = re.compile(r"(?:-\d{2,4}x\d{2,4}|-scaled|@[23]x)(?=\.[a-z]{3,4}$)")
"""Additions of WordPress and others to the name of a resized copy."""

_ADDRESS_PARAMETERS = ("url", "src", "image", "img", "u")
"""Query parameters in which resizing services carry the picture's own address."""

PICTURE_ADDRESS = re.compile(r"\.(?:jpe?g|png|gif|webp|tiff?|bmp|avif|heic)(?:[?#].*)?$", re.IGNORECASE)
"""An address with the ending of a picture."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture of the archive with the right name."""

    locator: str
    sha256: str
    same_source: bool = True


def picture_name(address: str) -> str | None:
    """Return the name to look a picture up by: the last part of its address, without its size.

    >>> picture_name("https://cdn.example/a/Smoke-300x200.JPG?w=640")
    'smoke.jpg'
    """
    if address.startswith("data:"):  # a picture in a page's own text is known by its digest
        return address.partition(";sha256=")[2][:64] or None
    if address.startswith(("blob:", "about:")):
        return None
    try:
        path = urlsplit(address).path
    except ValueError:
        return None
    name = _folded(unquote(path).rstrip("/").rpartition("/")[2])
    return _SIZE_SUFFIX.sub("", name) or None


def _folded(name: str) -> str:
    """Return a name as it is compared: systems differ in case, and in how they write an accent (NFC or
    NFD).
    """
    return name.casefold() if name.isascii() else unicodedata.normalize("NFC", name.casefold())


def locators_of(address: str, page_locator: str, page_url: str | None) -> Iterator[str]:
    """Yield locators at which the archive may hold the picture of ``address``, the likeliest first.

    An archive keeps a picture beside its page (a relative address), below a folder named for its
    host (a mirror), or below the root of the site's own folder; in a container, likewise within it.
    """
    container, mark, path = page_locator.rpartition("!")
    folder = posixpath.dirname(path)
    seen: set[str] = set()
    for each in _unwrapped(address):
        for locator in _places(each, folder, page_url):
            clean = posixpath.normpath(locator).lstrip("/")
            if clean in seen or clean in ("", ".") or clean.startswith(".."):
                continue
            seen.add(clean)
            yield container + mark + clean
            for form in ("NFC", "NFD") if not clean.isascii() else ():
                if (other := unicodedata.normalize(form, clean)) not in seen:
                    seen.add(other)
                    yield container + mark + other


def captured_uris(address: str, page_url: str | None) -> Iterator[str]:
    """Yield addresses under which a crawl may have captured the picture, the likeliest first.

    >>> list(captured_uris("/a.jpg#top", "https://avel.example/port/"))
    ['https://avel.example/a.jpg', 'http://avel.example/a.jpg']
    """
    if address.startswith(("cid:", "data:")):  # a part of the same message, a picture in the same page
        yield address
        return
    for each in _unwrapped(address):
        try:
            absolute = urldefrag(urljoin(page_url or "", each.strip())).url
        except ValueError:
            continue
        scheme, _, rest = absolute.partition("://")
        if scheme in ("http", "https") and rest:
            yield absolute
            yield ("http" if scheme == "https" else "https") + "://" + rest
            encoded = quote(rest, safe="%/:?#[]@!$&'()*+,;=~")
            for other in (encoded, rest.replace("%20", " ")):  # some crawlers keep what was asked for
                if other != rest:
                    yield scheme + "://" + other


def _unwrapped(address: str) -> Iterator[str]:
    """Yield the address, then the one that a resizing service carries in its query, if any."""
    yield address
    try:
        query = urlsplit(address).query
    except ValueError:
        return
    if "%2f" in query.lower() or "/" in query:
        values = parse_qs(query)
        for name in _ADDRESS_PARAMETERS:
            yield from values.get(name, ())


def _places(address: str, folder: str, page_url: str | None) -> Iterator[str]:
    try:
        parts = urlsplit(address)
        is_relative = not parts.scheme and not parts.netloc
        absolute = urlsplit(urljoin(page_url, address)) if is_relative and page_url else parts
    except ValueError:
        return
    for path, full_path in _kept_paths(parts, absolute):
        if is_relative and not path.startswith("/"):
            yield posixpath.join(folder, path)
        if absolute.netloc:
            yield absolute.netloc.casefold() + "/" + full_path.lstrip("/")
        if full_path.startswith("/"):
            # The site's root may be any folder above the page.
            above = folder
            while above:
                yield above + full_path
                above = posixpath.dirname(above)
            yield full_path


def _kept_paths(parts: SplitResult, absolute: SplitResult) -> Iterator[tuple[str, str]]:
    """Yield a path as an archive may keep it: with its query in the name, as mirrors save it, plain, or
    still encoded.
    """
    if parts.query:
        query = "?" + unquote(parts.query)
        yield unquote(parts.path) + query, unquote(absolute.path) + query
    yield unquote(parts.path), unquote(absolute.path)
    if "%" in parts.path:
        yield parts.path, absolute.path


def choose(address: str, page_locator: str, candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the one of the pictures with the right name that is meant; None if that would be a guess.

    The candidate whose path shares most of its end with the address wins, then most of its beginning
    with the page; copies with the same bytes are one candidate.
    """
    if not candidates:
        return None
    try:
        wanted = _folded(unquote(urlsplit(address).path)).split("/")
    except ValueError:
        return None
    page = page_locator.split("/")

    def score(candidate: Candidate) -> tuple[int, bool, int]:
        path = _folded(candidate.locator).split("/")
        return (
            _common(reversed(path[:-1]), reversed(wanted[:-1])),
            candidate.same_source,
            _common(candidate.locator.split("/")[:-1], page[:-1]),
        )

    ranked = sorted(candidates, key=lambda each: (score(each), each.locator), reverse=True)
    best = [each for each in ranked if score(each) == score(ranked[0])]
    if len({each.sha256 for each in best}) > 1:
        return None
    return min(best, key=lambda each: each.locator)


def _common(left: "Iterator[str] | Sequence[str]", right: "Iterator[str] | Sequence[str]") -> int:
    count = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        count += 1
    return count
