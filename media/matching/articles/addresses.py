"""Addresses of pages: when two are one address, one page, or of one publisher.

Two strengths. The *address* is what was asked for, without what no server minds: scheme, ``www``, tracking
parameters, index files, a trailing slash. The *page* is also without what only chooses a form of it: mobile, AMP and
print versions.
"""

import contextlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_TRACKING: Final = re.compile(
    r"(?:utm|at|ns|pk|mtm|matomo|hsa|mc|vero|wt|icid|cmp|oly|trk|spm|scm|_hs|__s|__hs|__twitter)_.*"
    r"|(?:fb|g|dc|ms|y|tt|tw|li_|ko_|wb|gb)cli(?:d|ck_?id)|[gw]braid|gclsrc|igshid|igsh|srsltid|_ga|_gl|_openstat|fb_\w+"
    r"|ref|ref_?src|ref_?url|referrer|referer|cmp(?:id)?|cid|ito|ncid|sr_?share|smid|smtyp|partner|xtor|guccounter|guce_\w+"
    r"|soc_src|soc_trk|s?campaign\w*|camp|mkt_tok|mod|rss|feed(?:type|name)?|via|share(?:d|source)?|sharetype|tsrc|spref"
    r"|__source|wprov|wpmm|wpisrc|linkid|ftag|taid|cn-track|ocid|origin|traffic_source|output_?ref|cx_\w+|__cf_\w+|_ptid"
    r"|jsessionid|phpsessid|aspsessionid\w*|sessionid|session_?id|sid|cfid|cftoken|nocache|cache_?bust(?:er)?|timestamp",
    re.IGNORECASE,
)
"""Parameters that say who sent the reader, or keep a session: they choose no other page."""

_FORM_PARAMETERS: Final = re.compile(
    r"(?:amp|print|printable|printer|mobile|m|ampmode|isamp|fullpage|singlepage|page_?all|reader)",
    re.IGNORECASE,
)
_FORM_VALUES: Final = re.compile(r"(?:|0|1|true|yes|y|on|amp|print|all|full|mobile)", re.IGNORECASE)
_VIEW_PARAMETERS: Final = re.compile(
    r"(?:output|outputtype|view|format|mode|tmpl|layout|type|display)", re.IGNORECASE
)
_VIEW_VALUES: Final = re.compile(r"(?:amp|print|printable|mobile|amphtml|component|plain)", re.IGNORECASE)
_FORM_HOSTS: Final = frozenset(("m", "mobile", "amp", "touch", "wap", "lite", "print", "mobil", "text"))
_FORM_SEGMENTS: Final = frozenset(
    ("amp", "print", "printable", "amphtml", "imprimir", "drucken", "print-view")
)
_FORM_ENDING: Final = re.compile(r"[._-](?:amp|print)(?=(?:\.html?)?$)", re.IGNORECASE)
_INDEX: Final = re.compile(r"(?:index|default)\.(?:html?|php\d?|aspx?|jsp|cgi|shtml)", re.IGNORECASE)
_WWW: Final = re.compile(r"www?\d{0,2}\.(?=.+\.)", re.IGNORECASE)
_REPLAYED: Final = re.compile(
    r"(?:^|/)(?:\d{4,14})(?:[a-z]{2}_|\*)?/(?P<address>https?:/{1,2}.+)", re.IGNORECASE
)
_AMP_CACHE: Final = re.compile(r"/[a-z]/(?P<secure>s/)?(?P<rest>[^/]+\..+)", re.IGNORECASE)
_HOST: Final = re.compile(r"(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}", re.IGNORECASE)
_PLAIN: Final = re.compile(
    r"https?://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)(?P<path>(?:/[\w~-]+(?:\.[\w~-]+)*)*)/?",
    re.ASCII | re.IGNORECASE,
)
"""The form of most addresses: nothing in them has to be decoded or corrected, and they have no query."""
_KEPT: Final = "/:@!$&'()*+,;=~-._"
_LONGEST: Final = 4096
"""Characters: longer ones hold data, and are kept as they are."""


@dataclass(frozen=True, slots=True)
class Address:
    """The meaning of an address."""

    address: str
    """The same for all ways to write what was asked for: "herald.example/2024/fire"."""
    page: str
    """The same for the mobile, AMP and print forms too."""
    publisher: str
    """The domain that somebody registered: "herald.example", "bbc.co.uk", "ada.blogspot.com"."""

    @property
    def is_front(self) -> bool:
        """Whether it is the home page of a site; it does not belong to a story."""
        return "/" not in self.page and "?" not in self.page


def read_link(link: str, page: str | None) -> Address | None:
    """Read an address in a page, which may be relative to the page's own; None if it is not an address."""
    try:
        return read_address(urljoin(page, link) if page else link)
    except ValueError:  # a host in brackets that is no IPv6 address
        return None


@lru_cache(maxsize=1 << 10)
def read_address(url: str) -> Address | None:
    """Read an absolute web address; None if it is not one.

    >>> read_address("http://www.Herald.example/2024/fire/index.html?utm_source=x#top").address
    'herald.example/2024/fire'
    >>> read_address("https://m.herald.example/amp/2024/fire?print=1").page
    'herald.example/2024/fire'
    """
    url = url.strip()
    if len(url) > _LONGEST:
        return None
    plain = _PLAIN.fullmatch(url)
    if plain and "ampproject" not in url:
        path = plain["path"]
        before, _, last = path.rpartition("/")
        return _address(_plain_host(plain["host"]), "", before if _INDEX.fullmatch(last) else path, [], "")
    if url.find("http", 8) > 0 or "ampproject" in url:
        url = _unwrap(url)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host:
        return None
    return _address(
        _plain_host(host),
        "" if port in (None, 80, 443) else f":{port}",
        _plain_path(parts.path),
        _read_query(parts.query) if parts.query else [],
        f"#{parts.fragment}" if parts.fragment.startswith(("!", "/")) else "",
    )


def _address(host: str, port: str, path: str, asked: list[tuple[str, str]], bang: str) -> Address:
    """Put together what an address stands for from its parts, which are put right already."""
    page_host = _WWW.sub("", host + port if port else _without_form(host))
    page_path = _page_path(path)
    if not asked and not bang and not port and page_path == path and page_host == host:
        address = host + path  # kept once for both
        return Address(address, address, publisher_of(host))
    chosen = [(name, value) for name, value in asked if not _chooses_form(name, value)]
    return Address(
        address=host + port + path + _query(asked) + bang,
        page=page_host + page_path + _query(chosen) + bang,
        publisher=publisher_of(host),
    )


def read_mirrored(locator: str) -> Address | None:
    """Read the address of a page from where a mirror keeps it: below a folder that is named for the host.

    >>> read_mirrored("2024/www.herald.example/fire.html").address
    'herald.example/fire.html'
    """
    path = locator.rpartition("!")[2]
    folders = path.split("/")
    for number, folder in enumerate(folders[:-1]):
        if _HOST.fullmatch(folder) and _is_public(folder):
            return read_address("http://" + "/".join(folders[number:]))
    return None


@lru_cache(maxsize=1 << 14)
def publisher_of(host: str) -> str:
    """Return the domain that somebody registered, by the Public Suffix List; the host itself where it knows none."""
    if host.replace(".", "").isdigit() or ":" in host:
        return host
    return _suffixes().privatesuffix(host) or host


@lru_cache(maxsize=1)
def _suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


@lru_cache(maxsize=1)
def _listed() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_unknown=False)


def _is_public(host: str) -> bool:
    """Return whether a folder's name is a host's: its last label is of the public list, or reserved for examples."""
    top = host.casefold().rpartition(".")[2]
    return top in ("example", "test", "invalid", "localhost", "onion") or bool(_listed().publicsuffix(top))


def _read_query(query: str) -> list[tuple[str, str]]:
    """Return the parameters that choose what is shown, in one order."""
    return sorted(
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
        if not _TRACKING.fullmatch(name)
    )


def _unwrap(url: str) -> str:
    """Return the address within that of a web archive's replay, or of a cache of AMP pages."""
    for _ in range(3):
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").casefold()
        except ValueError:
            return url
        rest = parts.path + (f"?{parts.query}" if parts.query else "")
        found = _REPLAYED.search(rest)
        if found:
            url = re.sub(r"^(https?):/+", r"\1://", found["address"], flags=re.IGNORECASE)
            continue
        if host.endswith(".cdn.ampproject.org") or host == "cdn.ampproject.org":
            cached = _AMP_CACHE.match(rest)
            if cached:
                url = f"{'https' if cached['secure'] else 'http'}://{cached['rest']}"
                continue
        return url
    return url


@lru_cache(maxsize=1 << 12)
def _plain_host(host: str) -> str:
    host = unquote(host).casefold().rstrip(".")
    if "xn--" in host:
        with contextlib.suppress(UnicodeError):
            host = host.encode("ascii").decode("idna")
    return _WWW.sub("", host, count=1)


def _plain_path(path: str) -> str:
    segments = [
        quote(unquote(segment), safe=_KEPT) for segment in path.split("/") if segment not in ("", ".")
    ]
    if segments:
        if ";" in segments[-1]:
            segments[-1] = re.sub(r";jsessionid=[^;/]*", "", segments[-1], flags=re.IGNORECASE)
        if _INDEX.fullmatch(segments[-1]) or not segments[-1]:
            segments.pop()
    return "".join("/" + segment for segment in segments)


@lru_cache(maxsize=1 << 12)
def _without_form(host: str) -> str:
    """``m.herald.example``, ``en.m.wikipedia.org`` -> without the label that only says for what screen."""
    publisher = publisher_of(host)
    before = host.removesuffix(publisher).rstrip(".")
    if not before or host == publisher:
        return host
    labels = [label for label in before.split(".") if label not in _FORM_HOSTS]
    return ".".join([*labels, publisher])


def _page_path(path: str) -> str:
    segments = path.split("/")[1:]
    segments = [segment for segment in segments if segment.casefold() not in _FORM_SEGMENTS]
    if segments:
        last = _FORM_ENDING.sub("", segments[-1])
        segments[-1] = last or segments[-1]
    return "".join("/" + segment for segment in segments)


def _chooses_form(name: str, value: str) -> bool:
    return bool(
        (_FORM_PARAMETERS.fullmatch(name) and _FORM_VALUES.fullmatch(value))
        or (_VIEW_PARAMETERS.fullmatch(name) and _VIEW_VALUES.fullmatch(value))
    )


def _query(parameters: list[tuple[str, str]]) -> str:
    return f"?{urlencode(parameters)}" if parameters else ""
