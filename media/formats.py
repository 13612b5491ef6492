"""Every known format: its name, how it is recognised, and its reader, if it is read.

One row a format. :mod:`media.media_type` recognises by this table, :mod:`media.readers` and
:mod:`media.archives.open_container` read by it, so that what is recognised is either read or said to be unread.

To add a format, write its file and give it a row in :data:`FORMATS`; nothing else knows it by name.

- An article format: ``use="article"``, and ``reader`` names a function ``(data, hints)`` that gives an
  :class:`media.articles.article.Article`, several, or None where it holds none, and raises
  :class:`media.errors.ArticleError`. Hints are :class:`media.articles.article.Hints`.
- A container: ``use="container"``, and ``reader`` names a class or function ``(file, locator)`` that gives a
  :class:`media.archives.container.Container`.
- A picture format: ``use="picture"``, and ``reader`` names a function that opens a binary file as a picture of Pillow.
  Without one, :mod:`media.pictures.decode` decodes it.
- It is recognised by its first bytes (``begins``), the root element of its XML (``roots``), a function of the first
  4 kB (``byte_sign``; of text ``text_sign``), and in the end by its name (``endings``). Rows are asked in order.
- Raise ``version`` when what its reader gives changes: the next scan then reads its records again. If credits are read
  otherwise, raise :data:`media.versions.CREDIT_VERSION`, for all formats.

Other packages add rows like these by entry points of the group ``cutline.formats``: docs/extending.md.

Formats that are not read are of two kinds. *Content* may hold an article or a picture that a person would look for: a
scan counts it by type and ends with exit status 1. *Support* holds neither (stylesheets, scripts, fonts, files of
systems and programs): it is counted apart and is not a problem. A file of unknown format is content: it may hold
anything.
"""

import pkgutil
import re
from ctypes.util import find_library
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any, Literal

from media.errors import FormatError
from media.versions import CREDIT_VERSION

Use = Literal["picture", "article", "sidecar", "container"]
"""The way a format is read: a line of ``_WAYS`` in :mod:`media.readers`, or :mod:`media.archives.open_container`."""

SourceKind = Literal["folder", "zip", "tar", "warc", "wacz", "file"]
"""The kind of source that a container is if it is scanned directly."""

GROUP = "cutline.formats"
"""The group of entry points that add formats: each names one :class:`Format` or several."""

Unread = Literal["unread", "empty", "support"]
"""Why a record yields nothing: its format is not read; nothing was found in it; it holds nothing to read."""

NEWSML = "application/x-newsml"
"""NITF and NewsML-G2."""

NEWSML_1 = "application/x-newsml-1"

WIRE = "application/x-wire-story"
"""A story with the header of a wire: ANPA 1312, IPTC 7901."""

SIDECAR = "application/x-picture-sidecar"
"""XMP or JSON with metadata of one picture beside it."""

JSON_LINE = "application/x-json-line"
"""One line of a JSON Lines file, as its container declares it."""

FEED_ITEM = "application/x-feed-item"
"""One item of a feed, which its container wraps in a feed of its own."""

WIKI_PAGE = "application/x-mediawiki-page"
"""One page of a wiki's export, which its container wraps in an export of its own."""

MAIL_TEXT = "application/x-mail-text"
"""The text of a message, below the headers that describe it."""

CRAWL_NOTE = "application/x-crawl-note"
"""A crawler's notes on a captured page: its text, a screenshot."""

PAGE_FRAME = "application/x-page-frame"
"""A page inside a saved page."""

WORDPRESS = "application/x-wxr"
"""An export of WordPress: a feed with the whole content of a site."""

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
WORD_TEXT = "application/x-word-text"
"""The text of a Word document, with the members that belong to it."""

OPEN_DOCUMENT = "application/vnd.oasis.opendocument.text"
OPEN_DOCUMENT_TEXT = "application/x-opendocument-text"
"""The same, of an OpenDocument text."""

PDF = "application/pdf"
PDF_TEXT = "application/x-pdf-text"
"""The lines and pictures of a PDF document's pages, with their positions."""

CAMERA_RAW = "image/x-camera-raw"
"""A camera's raw file, of any maker."""

EMPTY = "application/x-empty"
UNKNOWN = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Format:
    """A format of records."""

    media_type: str
    singular: str
    """The name of one record of this format: ``HEIC picture``."""
    plural: str
    use: Use | None = None
    """The way it is read; None if it is not read."""
    support: bool = False
    """True if it is not read and holds nothing that a person would look for."""
    begins: tuple[bytes, ...] = ()
    """First bytes that no other content has."""
    endings: str = ""
    """Endings of names after a dot, separated by blanks; they decide only if the content does not."""
    roots: tuple[bytes, ...] = ()
    """For XML: the local name of the root element, or a name space in the first 4 kB."""
    remedy: str = "Convert it to a format that is read, or leave it out with --exclude."
    reader: str = ""
    """Its reader, as ``package.module:function``; imported with the first record of the format."""
    byte_sign: str = ""
    """A function, ``package.module:function``, that returns whether the first bytes are of this format. It is called if
    no row's ``begins`` matches."""
    text_sign: str = ""
    """The same, of text: a function of its first bytes without a mark of byte order, and its name."""
    within: str = ""
    """For articles and pictures: the function that opens the pictures inside as a container."""
    large: str = ""
    """For articles: the function that opens one that is too large for memory as a container."""
    compression: str = ""
    """For a compressed file: the method, by its name in :mod:`media.archives.compression`."""
    source_kind: SourceKind = "file"
    """For a container: the kind of source that it is if it is scanned directly."""
    grows: bool = False
    """For a container: true if it may grow at its end without moving its members."""
    needs: str = ""
    """A module of an extra that reading it needs."""
    needs_library: str = ""
    """A system library that this module needs."""
    version: int = 1
    """The version of its reader's results."""

    @property
    def results_version(self) -> int:
        """The version of its records' results: of its reader, and of what all readers of captions share."""
        return self.version + (CREDIT_VERSION if self.use in ("article", "picture", "sidecar") else 0)

    @property
    def is_read(self) -> bool:
        """Whether this installation can read it."""
        if self.needs and find_spec(self.needs) is None:
            return False
        if self.needs_library and not _has_library(self.needs_library):
            return False
        return self.use == "picture" or bool(self.reader or self.compression)


@cache
def _has_library(name: str) -> bool:
    return find_library(name) is not None


def _picture(
    name: str, media_type: str, endings: str, *begins: bytes, roots: tuple[bytes, ...] = ()
) -> Format:
    remedy = "Convert it to JPEG, PNG or TIFF to have it compared; the file itself is left alone."
    return Format(
        media_type, f"{name} picture", f"{name} pictures", None, False, begins, endings, roots, remedy
    )


def _compressed(name: str, media_type: str, method: str, endings: str, *begins: bytes) -> Format:
    return Format(
        media_type,
        f"{name} file",
        f"{name} files",
        "container",
        begins=begins,
        endings=endings,
        compression=method,
    )


def _document(
    name: str, media_type: str, endings: str, *begins: bytes, roots: tuple[bytes, ...] = ()
) -> Format:
    remedy = "Convert it to HTML or plain text to have its articles and captions read."
    return Format(media_type, name, _plural(name), None, False, begins, endings, roots, remedy)


def _archive(name: str, media_type: str, endings: str, *begins: bytes) -> Format:
    remedy = "Unpack it, or pack it again as ZIP or TAR, to have its members read."
    return Format(media_type, name, _plural(name), None, False, begins, endings, (), remedy)


def _packed(name: str, media_type: str, reader: str, endings: str, *begins: bytes) -> Format:
    remedy = "Run: pip install 'cutline[archives]', with libarchive (Debian: libarchive13). Then scan again."
    return Format(
        media_type,
        name,
        _plural(name),
        "container",
        begins=begins,
        endings=endings,
        remedy=remedy,
        reader=f"media.archives.packed:{reader}",
        needs="libarchive",
        needs_library="archive",
    )


def _video(name: str, media_type: str, endings: str, *begins: bytes) -> Format:
    return Format(
        media_type,
        name,
        _plural(name),
        "container",
        begins=begins,
        endings=endings,
        remedy="Run: pip install 'cutline[video]' to have its first frame compared, or leave it out with --exclude.",
        reader="media.archives.video:Video",
        needs="av",
    )


def _media(name: str, media_type: str, endings: str, *begins: bytes) -> Format:
    remedy = "Nothing: film and sound are not read. --exclude leaves it out of the scan."
    return Format(media_type, name, _plural(name), None, False, begins, endings, (), remedy)


def _support(
    name: str, media_type: str, endings: str, *begins: bytes, roots: tuple[bytes, ...] = ()
) -> Format:
    return Format(media_type, name, _plural(name), None, True, begins, endings, roots, "Nothing.")


def _plural(name: str) -> str:
    """Return the plural of each noun: ``index of a crawl (CDX)`` -> ``indexes of crawls (CDX)``."""
    name, bracket, rest = name.partition(" (") if name.endswith(")") else (name, "", "")
    nouns = re.split(r"( of an? | or )", name)
    parts = [re.sub("an? ", "", each) if place % 2 else _plural_of(each) for place, each in enumerate(nouns)]
    return "".join(parts) + bracket + rest


def _plural_of(noun: str) -> str:
    if re.search(r"(?:s|x|ch|sh)$", noun):
        return noun + "es"
    return noun[:-1] + "ies" if re.search(r"[^aeiou]y$", noun) else noun + "s"


FORMATS: tuple[Format, ...] = (
    # Pictures that are decoded.
    Format(
        "image/jpeg",
        "JPEG picture",
        "JPEG pictures",
        "picture",
        begins=(b"\xff\xd8\xff",),
        endings="jpg jpeg jpe jfif",
        version=4,
    ),
    Format(
        "image/jp2",
        "JPEG 2000 picture",
        "JPEG 2000 pictures",
        "picture",
        begins=(b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"),
        endings="jp2 j2k jpx jpf j2c jpc",
        version=4,
    ),
    Format(
        "image/vnd.adobe.photoshop",
        "Photoshop picture",
        "Photoshop pictures",
        "picture",
        begins=(b"8BPS",),
        endings="psd psb",
        version=4,
    ),
    Format(
        "image/heic",
        "HEIC picture",
        "HEIC pictures",
        "picture",
        endings="heic heif hif",
        remedy="Run: pip install 'cutline[heic]'. Then scan again.",
        needs="pillow_heif",
        version=4,
    ),
    Format(
        "image/png",
        "PNG picture",
        "PNG pictures",
        "picture",
        begins=(b"\x89PNG\r\n\x1a\n",),
        endings="png",
        version=4,
    ),
    Format(
        "image/gif",
        "GIF picture",
        "GIF pictures",
        "picture",
        begins=(b"GIF87a", b"GIF89a"),
        endings="gif",
        version=4,
    ),
    Format(
        "image/tiff",
        "TIFF picture",
        "TIFF pictures",
        "picture",
        begins=(b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"),
        endings="tif tiff",
        within="media.archives.tiff_pages:TiffPages",
        version=5,
    ),
    Format("image/webp", "WebP picture", "WebP pictures", "picture", endings="webp", version=4),
    Format("image/bmp", "BMP picture", "BMP pictures", "picture", endings="bmp", version=4),
    Format("image/avif", "AVIF picture", "AVIF pictures", "picture", endings="avif", version=4),
    # Articles and what belongs to them, in the order in which text is tried.
    Format(
        "application/jsonl",
        "JSON Lines file",
        "JSON Lines files",
        "container",
        reader="media.archives.jsonlines:JsonLines",
        text_sign="media.articles.jsonlines:looks_like_json_lines",
        grows=True,
    ),
    Format(
        JSON_LINE,
        "line of JSON",
        "lines of JSON",
        "article",
        reader="media.articles.jsonlines:read_line",
        version=6,
    ),
    Format(
        "application/json",
        "JSON document",
        "JSON documents",
        "article",
        reader="media.articles.jsonlines:read_document",
        large="media.archives.json_items:JsonItems",
        text_sign="media.articles.jsonlines:looks_like_json_articles",
        version=7,
    ),
    Format(
        NEWSML,
        "news message",
        "news messages",
        "article",
        reader="media.articles.newsml:read_message",
        text_sign="media.articles.newsml:looks_like_newsml",
        version=2,
    ),
    Format(
        NEWSML_1,
        "NewsML 1 message",
        "NewsML 1 messages",
        "article",
        roots=(b"NewsML",),
        reader="media.articles.newsml1:read_message",
        version=2,
    ),
    Format(
        WIRE,
        "wire story",
        "wire stories",
        "article",
        reader="media.articles.wire:read_record",
        text_sign="media.articles.wire_header:looks_like_wire",
        version=5,
    ),
    Format(
        "text/x-movable-type",
        "Movable Type export",
        "Movable Type exports",
        "article",
        reader="media.articles.movable_type:read_movable_type",
        text_sign="media.articles.movable_type:looks_like_movable_type",
        version=4,
    ),
    Format(
        SIDECAR,
        "sidecar",
        "sidecars",
        "sidecar",
        reader="media.pictures.sidecars:read_sidecar",
        text_sign="media.pictures.sidecars:looks_like_sidecar",
        version=3,
    ),
    Format(
        "text/html",
        "page",
        "pages",
        "article",
        endings="html htm xhtml xhtm shtml php asp aspx jsp cgi",
        reader="media.articles.json_page:read_page",
        within="media.archives.page_pictures:PagePictures",
        text_sign="media.media_type:looks_like_html",
        version=8,
    ),
    Format(
        "text/x-textile",
        "Textile document",
        "Textile documents",
        "article",
        reader="media.articles.markups.textile:read_textile",
        text_sign="media.articles.markups.textile:looks_like_textile",
        version=2,
    ),
    Format(
        "text/x-rst",
        "reStructuredText document",
        "reStructuredText documents",
        "article",
        reader="media.articles.markups.restructuredtext:read_restructuredtext",
        text_sign="media.articles.markups.restructuredtext:looks_like_restructuredtext",
        version=2,
    ),
    Format(
        "text/asciidoc",
        "AsciiDoc document",
        "AsciiDoc documents",
        "article",
        reader="media.articles.markups.asciidoc:read_asciidoc",
        text_sign="media.articles.markups.asciidoc:looks_like_asciidoc",
        version=2,
    ),
    Format(
        "text/x-org",
        "Org document",
        "Org documents",
        "article",
        reader="media.articles.markups.org:read_org",
        text_sign="media.articles.markups.org:looks_like_org",
        version=2,
    ),
    Format(
        "text/x-wiki",
        "page in wikitext",
        "pages in wikitext",
        "article",
        reader="media.articles.markups.wikitext:read_wikitext",
        text_sign="media.articles.markups.wikitext:looks_like_wikitext",
        version=2,
    ),
    Format(
        "text/x-bbcode",
        "post in BBCode",
        "posts in BBCode",
        "article",
        reader="media.articles.markups.bbcode:read_bbcode",
        text_sign="media.articles.markups.bbcode:looks_like_bbcode",
        version=2,
    ),
    Format(
        WIKI_PAGE,
        "page of a wiki's export",
        "pages of wikis' exports",
        "article",
        reader="media.articles.markups.mediawiki:read_mediawiki",
        version=2,
    ),
    Format(
        "text/markdown",
        "Markdown text",
        "Markdown texts",
        "article",
        reader="media.articles.markdown.read:read_document",
        text_sign="media.articles.markdown.recognise:looks_like_markdown",
        version=7,
    ),
    Format(
        "text/plain",
        "text",
        "texts",
        "article",
        endings="txt text asc",
        reader="media.articles.text.read:read_document",
        text_sign="media.media_type:looks_like_plain_text",
        version=7,
    ),
    # Archives that are opened.
    Format(
        WORDPRESS,
        "WordPress export",
        "WordPress exports",
        "container",
        reader="media.archives.feed:WordPressExport",
    ),
    Format(
        "multipart/related",
        "saved page (MHTML)",
        "saved pages (MHTML)",
        "container",
        reader="media.archives.mail:SavedPage",
    ),
    Format(
        "message/rfc822",
        "mail message",
        "mail messages",
        "container",
        reader="media.archives.mail:Mail",
        version=2,
    ),
    Format(
        "application/mbox",
        "mailbox",
        "mailboxes",
        "container",
        reader="media.archives.mbox:Mbox",
        version=2,
    ),
    Format(
        MAIL_TEXT,
        "text of a message",
        "texts of messages",
        "article",
        reader="media.articles.mail:read_record",
        version=4,
    ),
    Format(
        "application/rss+xml",
        "RSS feed",
        "RSS feeds",
        "container",
        roots=(b"rss", b"http://purl.org/rss/1.0/"),
        reader="media.archives.feed:Feed",
    ),
    Format(
        "application/atom+xml",
        "Atom feed",
        "Atom feeds",
        "container",
        roots=(b"http://www.w3.org/2005/Atom", b"http://purl.org/atom/ns#"),
        reader="media.archives.feed:AtomFeed",
    ),
    Format(
        "application/x-mediawiki",
        "export of a wiki",
        "exports of wikis",
        "container",
        roots=(b"mediawiki",),
        reader="media.archives.feed:WikiExport",
        version=4,
    ),
    Format(
        FEED_ITEM,
        "item of a feed",
        "items of feeds",
        "article",
        reader="media.articles.feed:read_record",
        version=6,
    ),
    Format(
        "application/zip",
        "ZIP archive",
        "ZIP archives",
        "container",
        begins=(b"PK\x03\x04", b"PK\x05\x06"),
        endings="zip wacz",
        reader="media.archives.wacz:open_zip",
        source_kind="zip",
    ),
    Format("application/wacz", "WACZ archive", "WACZ archives", "container", source_kind="wacz"),
    Format(
        "application/warc",
        "WARC file",
        "WARC files",
        "container",
        begins=(b"WARC/",),
        endings="warc",
        reader="media.archives.warc:Warc",
        source_kind="warc",
        grows=True,
    ),
    Format(
        "application/x-arc",
        "ARC file",
        "ARC files",
        "container",
        begins=(b"filedesc://",),
        reader="media.archives.arc:Arc",
        byte_sign="media.archives.arc:looks_like_arc",
        source_kind="warc",
        grows=True,
    ),
    Format(
        "application/x-tar",
        "TAR archive",
        "TAR archives",
        "container",
        endings="tar",
        reader="media.archives.tar:Tar",
        byte_sign="media.archives.tar:looks_like_tar",
        source_kind="tar",
    ),
    _compressed("gzip", "application/gzip", "gzip", "warc.gz", b"\x1f\x8b"),
    _compressed("LZMA", "application/x-lzma", "xz", "lzma tlz", b"\x5d\x00\x00\x80\x00"),
    _compressed("Brotli", "application/x-brotli", "br", "br"),
    _compressed("bzip2", "application/x-bzip2", "bzip2", "", b"BZh"),
    _compressed("xz", "application/x-xz", "xz", "", b"\xfd7zXZ\x00"),
    _compressed(
        "Zstandard",
        "application/zstd",
        "zstd",
        "",
        # A frame of data, or one that is passed over.
        b"\x28\xb5\x2f\xfd",
        *(bytes((kind,)) + b"\x2a\x4d\x18" for kind in range(0x50, 0x60)),
    ),
    # Pictures that are decoded by extras, and those that are not.
    Format(
        CAMERA_RAW,
        "camera RAW picture",
        "camera RAW pictures",
        "picture",
        begins=(
            b"II*\x00\x10\x00\x00\x00CR",
            b"FUJIFILMCCD-RAW",
            b"IIRO",
            b"IIRS",
            b"MMOR",
            b"IIU\x00",
            b"FOVb",
            b"\x00MRM",
        ),
        endings="cr2 cr3 crw nef nrw arw srf sr2 raf dng orf rw2 rwl pef srw 3fr fff iiq mrw x3f erf kdc dcr mos mef",
        remedy="Run: pip install 'cutline[raw]'. Then scan again.",
        reader="media.pictures.raw:open_camera_raw",
        needs="rawpy",
        version=2,
    ),
    Format(
        "image/jxl",
        "JPEG XL picture",
        "JPEG XL pictures",
        "picture",
        begins=(b"\x00\x00\x00\x0cJXL \r\n\x87\n",),
        endings="jxl",
        remedy="Run: pip install 'cutline[jxl]'. Then scan again.",
        reader="media.pictures.jpeg_xl:open_jpeg_xl",
        needs="imagecodecs",
        version=2,
    ),
    _picture("JPEG XR", "image/jxr", "jxr wdp hdp", b"II\xbc\x01"),
    _picture("GIMP", "image/x-xcf", "xcf", b"gimp xcf "),
    _picture("SVG", "image/svg+xml", "svg svgz", roots=(b"svg",)),
    _picture("icon", "image/vnd.microsoft.icon", "ico cur"),
    _picture("TGA", "image/x-tga", "tga icb vda vst"),
    _picture("EPS", "application/postscript", "eps ps ai", b"%!PS", b"\xc5\xd0\xd3\xc6"),
    _picture("OpenEXR", "image/x-exr", "exr", b"v/1\x01"),
    _picture("Radiance", "image/vnd.radiance", "hdr", b"#?RADIANCE", b"#?RGBE"),
    _picture("DPX", "image/x-dpx", "dpx cin", b"SDPX", b"XPDS"),
    _picture("PCX", "image/x-pcx", "pcx dcx"),
    _picture("PNM", "image/x-portable-anymap", "pnm pbm pgm ppm pam"),
    _picture("PICT", "image/x-pict", "pict pct pic"),
    _picture("Windows metafile", "image/wmf", "wmf emf", b"\xd7\xcd\xc6\x9a"),
    _picture("DICOM", "application/dicom", "dcm"),
    _picture("FITS", "application/fits", "fits fit", b"SIMPLE  ="),
    _picture("Quite OK", "image/qoi", "qoi", b"qoif"),
    _picture("DjVu", "image/vnd.djvu", "djvu djv", b"AT&TFORM"),
    # Documents.
    Format(
        PDF,
        "PDF document",
        "PDF documents",
        "container",
        begins=(b"%PDF-",),
        endings="pdf",
        remedy="Run: pip install 'cutline[pdf]'. Then scan again.",
        reader="media.archives.pdf:Pdf",
        needs="pypdfium2",
    ),
    Format(
        PDF_TEXT,
        "text of a PDF document",
        "texts of PDF documents",
        "article",
        reader="media.articles.pdf:read_pdf",
        version=2,
    ),
    _document("RTF document", "application/rtf", "rtf", b"{\\rtf"),
    _document(
        "Excel table", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx xlsm"
    ),
    _document(
        "PowerPoint file",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "pptx ppsx",
    ),
    _document("OpenDocument table", "application/vnd.oasis.opendocument.spreadsheet", "ods"),
    _document("OpenDocument presentation", "application/vnd.oasis.opendocument.presentation", "odp"),
    Format(WORD, "Word document", "Word documents", "container", endings="docx docm dotx"),
    Format(
        WORD_TEXT,
        "text of a Word document",
        "texts of Word documents",
        "article",
        reader="media.articles.office.word:read_word",
        version=2,
    ),
    Format(OPEN_DOCUMENT, "OpenDocument text", "OpenDocument texts", "container", endings="odt ott"),
    Format(
        OPEN_DOCUMENT_TEXT,
        "text of an OpenDocument file",
        "texts of OpenDocument files",
        "article",
        reader="media.articles.office.opendocument:read_opendocument",
        version=2,
    ),
    Format("application/epub+zip", "EPUB book", "EPUB books", "container", endings="epub"),
    Format("application/x-maff", "MAFF page", "MAFF pages", "container", endings="maff"),
    _document("Pages document", "application/vnd.apple.pages", "pages"),
    _document(
        "old Office document",
        "application/x-ole-storage",
        "doc dot xls ppt pps msg pub",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    ),
    _document("WordPerfect document", "application/vnd.wordperfect", "wpd", b"\xffWPC"),
    _document(
        "InDesign document", "application/x-indesign", "indd idml", b"\x06\x06\xed\xf5\xd8\x1d\x46\xe5"
    ),
    _document("QuarkXPress document", "application/vnd.quark.quarkxpress", "qxd qxp"),
    _document("Mobipocket book", "application/x-mobipocket-ebook", "mobi azw azw3 prc"),
    _document("CHM help file", "application/vnd.ms-htmlhelp", "chm", b"ITSF"),
    _document("TeX document", "application/x-tex", "tex latex ltx"),
    _document("saved page (Safari webarchive)", "application/x-webarchive", "webarchive"),
    _document("HTTP archive (HAR)", "application/har+json", "har"),
    _document("Outlook mailbox", "application/vnd.ms-outlook-pst", "pst ost", b"!BDN"),
    Format(
        "application/x-alto",
        "ALTO page",
        "ALTO pages",
        "article",
        roots=(b"alto",),
        reader="media.articles.alto:read_alto",
        version=2,
    ),
    _document("PAGE XML page", "application/x-page-xml", "", roots=(b"PcGts",)),
    _document("TEI text", "application/tei+xml", "tei", roots=(b"TEI", b"TEI.2")),
    _document("subtitle file", "text/vtt", "vtt srt sbv", b"WEBVTT"),
    _document("CSV table", "text/csv", "csv tsv tab"),
    _document("Parquet table", "application/vnd.apache.parquet", "parquet", b"PAR1"),
    _document("Arrow table", "application/vnd.apache.arrow", "arrow feather", b"ARROW1"),
    _document("Avro file", "application/avro", "avro", b"Obj\x01"),
    _document("HDF5 file", "application/x-hdf5", "h5 hdf5", b"\x89HDF\r\n\x1a\n"),
    _document("NumPy file", "application/x-numpy", "npy", b"\x93NUMPY"),
    _document("SQLite database", "application/vnd.sqlite3", "sqlite sqlite3", b"SQLite format 3\x00"),
    _document("XML document", "application/xml", "xml"),
    # Archives that are not opened.
    _packed("RAR archive", "application/vnd.rar", "Rar", "rar", b"Rar!\x1a\x07"),
    _packed("7z archive", "application/x-7z-compressed", "SevenZip", "7z", b"7z\xbc\xaf\x27\x1c"),
    _packed("CAB archive", "application/vnd.ms-cab-compressed", "Cab", "cab", b"MSCF\0\0\0\0"),
    _packed("LHA archive", "application/x-lzh-compressed", "Lha", "lha lzh"),
    replace(
        _packed("cpio archive", "application/x-cpio", "Cpio", "cpio"),
        byte_sign="media.archives.packed:looks_like_cpio",
    ),
    replace(
        _archive("ZIM archive", "application/x-zim", "zim zimaa", b"ZIM\x04"),
        remedy="Unpack it with zimdump (Debian: zim-tools), and scan what comes out: the library is under the GPL.",
    ),
    _archive("part of a split archive", "application/x-split-archive", "r00", b"PK\x07\x08PK", b"RE~^"),
    _archive("LZ4 file", "application/x-lz4", "lz4", b"\x04\x22\x4d\x18", b"\x02\x21\x4c\x18"),
    _archive("compress (.Z) file", "application/x-compress", "Z", b"\x1f\x9d", b"\x1f\xa0"),
    _archive("lzip file", "application/lzip", "lz", b"LZIP"),
    _archive("lzop file", "application/x-lzop", "lzo", b"\x89LZO"),
    _archive("StuffIt archive", "application/x-stuffit", "sit sitx", b"SIT!", b"StuffIt"),
    _archive("ar archive", "application/x-archive", "deb", b"!<arch>\n"),
    _archive("xar archive", "application/x-xar", "xar pkg", b"xar!"),
    _archive("disk image", "application/x-disk-image", "iso dmg img vhd vmdk"),
    # Film and sound.
    _video("video", "video/mp4", "mp4 m4v mov qt 3gp 3g2 wmv asf mpg mpeg mts m2ts vob ogv f4v"),
    _video("Matroska video", "video/x-matroska", "mkv webm", b"\x1a\x45\xdf\xa3"),
    _video("Flash video", "video/x-flv", "flv", b"FLV\x01"),
    _video("AVI video", "video/x-msvideo", "avi"),
    _video("Windows Media file", "video/x-ms-asf", "", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
    _video("MPEG video", "video/mpeg", "", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3"),
    _media("Flash film", "application/x-shockwave-flash", "swf", b"FWS", b"CWS", b"ZWS"),
    _media(
        "sound file",
        "audio/mpeg",
        "mp3 mp2 aac m4a m4b wma aif aiff amr mid midi opus oga",
        b"ID3",
        b"MThd",
        b"#!AMR",
    ),
    _media("Ogg file", "application/ogg", "ogg", b"OggS"),
    _media("FLAC sound file", "audio/flac", "flac", b"fLaC"),
    _media("WAV sound file", "audio/x-wav", "wav"),
    # What supports pages, systems and programs, and holds neither article nor picture.
    _support("stylesheet", "text/css", "css scss sass less"),
    _support("script", "text/javascript", "js mjs cjs jsx ts tsx vue map"),
    _support(
        "font",
        "font/woff",
        "woff woff2 ttf otf eot pfb ttc",
        b"wOFF",
        b"wOF2",
        b"OTTO",
        b"\x00\x01\x00\x00\x00",
        b"ttcf",
    ),
    _support("frame of a saved page", PAGE_FRAME, ""),
    _support("note of a crawler", CRAWL_NOTE, ""),
    _support("answer of a program (JSON)", "application/x-captured-json", ""),
    _support(
        "site map", "application/x-sitemap", "", roots=(b"urlset", b"sitemapindex", b"OpenSearchDescription")
    ),
    _support(
        "part of an office document or book",
        "application/x-package-part",
        "rels opf ncx",
        roots=(
            b"http://schemas.openxmlformats.org/",
            b"urn:oasis:names:tc:opendocument:",
            b"ncx",
            b"http://www.idpf.org/2007/opf",
        ),
    ),
    _support("index of a digitised volume (METS)", "application/x-mets", "", roots=(b"mets",)),
    _support("index of a web archive", "application/x-cdx", "cdx cdxj idx", b" CDX "),
    _support("folder view of a system", "application/x-folder-view", "DS_Store", b"\x00\x00\x00\x01Bud1"),
    _support("AppleDouble file", "application/applefile", "", b"\x00\x05\x16\x07", b"\x00\x05\x16\x00"),
    _support("property list", "application/x-plist", "plist aae", b"bplist00", roots=(b"plist",)),
    _support(
        "shortcut", "application/x-shortcut", "lnk url webloc desktop", b"L\x00\x00\x00\x01\x14\x02\x00"
    ),
    _support("checksum list", "application/x-checksums", "md5 sha1 sha256 sha512 sfv par2"),
    _support("cutline catalogue", "application/x-cutline", "db-wal db-shm db-journal sqlite-wal sqlite-shm"),
    _support(
        "settings file of a picture editor", "application/x-editor-settings", "pp3 dop cos xmp lrtemplate"
    ),
    _support("settings file", "application/x-settings", "ini cfg conf toml yaml yml properties lock env"),
    _support(
        "source text of a program",
        "text/x-source",
        "py pyc rb pl sh bash bat ps1 c h cpp hpp java go rs swift kt sql r ipynb xsl xslt xsd dtd rng",
    ),
    _support(
        "program",
        "application/x-executable",
        "exe dll so dylib wasm class",
        b"MZ",
        b"\x7fELF",
        b"\x00asm",
        b"\xca\xfe\xba\xbe",
        b"\xcf\xfa\xed\xfe",
    ),
    _support("log", "text/x-log", "log"),
    _support("certificate or signature", "application/pgp-signature", "sig pem crt", b"-----BEGIN "),
    _support("empty file", EMPTY, ""),
    _support("revisit record", "application/warc-revisit", ""),
    # Files of no format above.
    Format(
        UNKNOWN,
        "file of unknown type",
        "files of unknown type",
        remedy="Find out what it is; --exclude leaves it out of the scan.",
    ),
)
"""All formats, in the order in which signatures are tried; no two rows have the same media type."""


@cache
def known() -> tuple[Format, ...]:
    """Return every format: those of other packages first, replacing rows with their media type, then these.

    :raises FormatError: what a package declares cannot be loaded, or two declare one media type.
    """
    added: dict[str, Format] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        for each in _declared(point):
            if each.media_type in added:
                raise FormatError(f"two packages declare {each.media_type}", "Uninstall one of them.")
            added[each.media_type] = each
    return (*added.values(), *(each for each in FORMATS if each.media_type not in added))


def _declared(point: EntryPoint) -> tuple[Format, ...]:
    package = point.dist.name if point.dist else point.value
    try:
        found = point.load()
        declared = (found,) if isinstance(found, Format) else tuple(found)
    except Exception as error:
        reason = f"the formats of the package {package} cannot be loaded ({type(error).__name__}: {error})"
        raise FormatError(reason, "Update it, or uninstall it.") from error
    if not all(isinstance(each, Format) for each in declared):
        raise FormatError(
            f"{point.value} of the package {package} is no format", "Update it, or uninstall it."
        )
    return declared


@cache
def load(reference: str) -> Any:
    """Import what a reference ``package.module:name`` names."""
    return pkgutil.resolve_name(reference)


@cache
def by_media_type() -> dict[str, Format]:
    """Return every format by its media type."""
    return {each.media_type: each for each in known()}


def format_of(media_type: str) -> Format:
    """Return the format with this media type; an unknown one is named by its media type."""
    return by_media_type().get(media_type) or Format(
        media_type, f"file of type {media_type}", f"files of type {media_type}"
    )


@cache
def names_of(use: Use) -> re.Pattern[str]:
    """Return the endings of names of formats that are read in this way."""
    said = "|".join(
        re.escape(ending) for each in known() if each.use == use for ending in each.endings.split()
    )
    return re.compile(rf"\.(?:{said})$", re.IGNORECASE)


@cache
def signatures() -> tuple[tuple[bytes, str], ...]:
    """Return signatures and their media types, the longest first, so that one that begins with another comes first."""
    found = [(start, each.media_type) for each in known() for start in each.begins]
    return tuple(sorted(found, key=lambda pair: -len(pair[0])))


@cache
def byte_signs() -> tuple[tuple[str, str], ...]:
    """Return references of functions that check first bytes, with the media type of each."""
    return tuple((each.byte_sign, each.media_type) for each in known() if each.byte_sign)


@cache
def text_signs() -> tuple[tuple[str, str], ...]:
    """Return references of functions that check a text and its name, with the media type of each."""
    return tuple((each.text_sign, each.media_type) for each in known() if each.text_sign)


def ending_of(media_type: str) -> re.Pattern[str]:
    """Return the ending of names of a format."""
    return _ending(format_of(media_type).endings)


@cache
def read_names() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return endings of formats that are read and are not pictures: their first bytes may be damaged or not specific.

    A file that does not begin like a picture is not a picture.
    """
    return tuple(
        (
            re.compile(rf"\.(?:{'|'.join(map(re.escape, each.endings.split()))})$", re.IGNORECASE),
            each.media_type,
        )
        for each in known()
        if each.is_read and each.endings and each.use != "picture"
    )


@cache
def unread_names() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the endings of formats that are not read, for files whose content does not show their format."""
    return tuple(
        (_ending(each.endings), each.media_type) for each in known() if each.use is None and each.endings
    )


@cache
def xml_roots() -> tuple[tuple[bytes, str], ...]:
    """Return root elements of XML, and name spaces, with their media types."""
    return tuple((root, each.media_type) for each in known() for root in each.roots)


def why_unread(media_type: str, name: str = "") -> Unread:
    """Return the problem for a record of this media type that is not read.

    :param name: the name of a compressed file, which shows whether its content only supports other files.
    """
    if format_of(media_type).use == "container":
        inner = name.rpartition(".")[0]
        found = next((each for names, each in unread_names() if names.search(inner)), UNKNOWN)
        return "support" if format_of(found).support else "unread"
    return "support" if format_of(media_type).support else "unread"


def is_container(media_type: str) -> bool:
    """Return whether records of this media type may be opened as a container."""
    each = format_of(media_type)
    return each.use == "container" and each.is_read


def _ending(endings: str) -> re.Pattern[str]:
    said = "|".join(re.escape(each) for each in endings.split())
    return re.compile(rf"(?:^|\.)(?:{said})$", re.IGNORECASE)
