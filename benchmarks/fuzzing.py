"""Coverage-guided fuzzing of each parser of ours, with atheris (which is installed for this alone).

    pip install atheris
    python -m benchmarks.fuzzing NAME CORPUS-FOLDER [-max_total_time=60 and other options of libFuzzer]

    python -m benchmarks.fuzzing --mutate SECONDS [NAME...]
    python -m benchmarks.fuzzing --mutate 20000x [NAME...]

These need no atheris, and are not guided by coverage: they change whole inputs at random for so many seconds a target,
or so many inputs, print how many were read, and what was raised. NAME is one of the targets below. A target may end
with this package's own errors; anything else that it raises, and any input that takes longer than libFuzzer's
``-timeout``, is a finding.
"""

import io
import itertools
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from pathlib import Path

from PIL import Image

if "--mutate" in sys.argv:
    watched: AbstractContextManager[object] = nullcontext()
else:
    import atheris

    watched = atheris.instrument_imports(include=["media"])

with watched:
    from media import media_type
    from media.archives.arc import Arc
    from media.archives.compression import ENGINES, Bounded, Swollen, decompress
    from media.archives.container import Member, Span
    from media.archives.feed import AtomFeed, Feed, WikiExport, WordPressExport
    from media.archives.http import Payload
    from media.archives.json_items import JsonItems
    from media.archives.jsonlines import JsonLines
    from media.archives.mail import Mail, SavedPage
    from media.archives.mbox import Mbox
    from media.archives.office import OpenDocument, WordDocument
    from media.archives.packed import Cab, Lha, Rar, SevenZip
    from media.archives.pdf import Pdf
    from media.archives.tar import Tar
    from media.archives.tiff_pages import TiffPages
    from media.archives.video import Video
    from media.archives.wacz import Wacz
    from media.archives.warc import Warc
    from media.archives.zip import Zip
    from media.articles.article import Hints
    from media.articles.html.read import read_html
    from media.articles.jsonlines import read_json_article
    from media.articles.markdown.read import read_markdown
    from media.articles.newsml import read_newsml
    from media.articles.text.read import read_text
    from media.captions.credit import split_credit
    from media.captions.dates import find_dates
    from media.captions.key import caption_key
    from media.decoding.encoding import decode_text
    from media.errors import MediaError
    from media.formats import (
        FEED_ITEM,
        FORMATS,
        JSON_LINE,
        MAIL_TEXT,
        NEWSML_1,
        OPEN_DOCUMENT_TEXT,
        WIRE,
        WORD_TEXT,
        format_of,
        load,
    )
    from media.pictures.decode import decode_picture
    from media.pictures.metadata.weigh import read_metadata
    from media.pictures.raw import open_camera_raw
    from media.pictures.sidecars import read_sidecar
    from media.record import Capture

_MOST_BYTES = 8 << 20


def _walk(kind: Callable[[Bounded, str], object]) -> Callable[[bytes], None]:
    """Read all of a container; the members of its spans are those of the whole."""

    def target(data: bytes) -> None:
        container = kind(Bounded(io.BytesIO(data)), "x")
        spans = [span for span in container.spans() if isinstance(span, Span)]  # type: ignore[attr-defined]
        for left, right in itertools.pairwise(spans):
            assert left.within != right.within or left.end <= right.start
        for span in spans:
            for member in container.members(span):  # type: ignore[attr-defined]
                if isinstance(member, Member):
                    _drain(member.stream)

    return target


def _drain(stream: object) -> None:
    left = _MOST_BYTES
    with suppress(MediaError):
        while left > 0 and (data := stream.read(1 << 16)):  # type: ignore[attr-defined]
            left -= len(data)


def _http(data: bytes) -> None:
    _drain(Payload(io.BytesIO(data), "x", Capture("http://e.example/a", None), [], is_http=True))


def _compressed(data: bytes) -> None:
    methods = sorted(ENGINES)
    method = methods[data[0] % len(methods)] if data else "gzip"
    _drain(Swollen(decompress(io.BytesIO(data[1:]), method, many=True), 1000, 1 << 20))


def _text_of(read: Callable[[str], object]) -> Callable[[bytes], None]:
    return lambda data: read(data.decode("utf-8", "replace")) and None


def _articles(media_type: str, data: bytes) -> None:
    """Have the reader of a format read a record, to its end."""
    given = load(format_of(media_type).reader)(data, Hints("x"))
    if isinstance(given, Iterator):
        list(given)


TARGETS: dict[str, Callable[[bytes], object]] = {
    "zip": _walk(Zip),
    "tar": _walk(Tar),
    "warc": _walk(Warc),
    "arc": _walk(Arc),
    "wacz": _walk(Wacz),
    "jsonlines": _walk(JsonLines),
    "http": _http,
    "compression": _compressed,
    "media-type": lambda data: media_type.recognise(data[:4096], "x"),
    "html": read_html,
    "text": lambda data: read_text(data, name="x.txt"),
    "encoding": decode_text,
    "json-article": read_json_article,
    "newsml": read_newsml,
    "markdown": read_markdown,
    **{
        each.media_type.rpartition("/")[2].removeprefix("x-"): partial(_articles, each.media_type)
        for each in FORMATS
        if "articles.markups" in each.reader
    },
    "rss": _walk(Feed),
    "atom": _walk(AtomFeed),
    "wordpress": _walk(WordPressExport),
    "wiki-export": _walk(WikiExport),
    "json-items": _walk(JsonItems),
    "tiff-pages": _walk(TiffPages),
    "raw": lambda data: decode_picture(data, opener=open_camera_raw),
    "video": _walk(Video),
    "mhtml": _walk(SavedPage),
    "mail": _walk(Mail),
    "mbox": _walk(Mbox),
    "docx": _walk(WordDocument),
    "odt": _walk(OpenDocument),
    "pdf": _walk(Pdf),
    "7z": _walk(SevenZip),
    "rar": _walk(Rar),
    "cab": _walk(Cab),
    "lha": _walk(Lha),
    **{
        name: partial(_articles, media_type)
        for name, media_type in {
            "feed-item": FEED_ITEM,
            "mail-text": MAIL_TEXT,
            "word-text": WORD_TEXT,
            "opendocument-text": OPEN_DOCUMENT_TEXT,
            "alto": "application/x-alto",
            "movable-type": "text/x-movable-type",
            "newsml1": NEWSML_1,
            "wire": WIRE,
            "page": "text/html",
            "json-document": "application/json",
            "json-line": JSON_LINE,
        }.items()
    },
    "sidecar": lambda data: read_sidecar("x.json", data),
    "picture-metadata": read_metadata,
    "caption-key": _text_of(caption_key),
    "credit": _text_of(split_credit),
    "dates": _text_of(lambda text: list(find_dates(text))),
}


_MESSAGE = (
    "MIME-Version: 1.0\nSubject: A\nFrom: a@b.example\nDate: Tue, 19 Nov 2024 10:00:00 +0000\n"
    "Content-Type: {kind}; boundary=x\n\n--x\nContent-Type: text/html\nContent-Location: https://n.example/a\n\n"
    "<p>Words of it.</p><img src='cid:a'>\n--x\nContent-Type: image/jpeg\nContent-ID: <a>\n"
    "Content-Transfer-Encoding: base64\n\n/9j/4AAQ\n--x--\n"
)
_ITEM = (
    "<item><title>A</title><link>https://n.example/1</link><description>&lt;p&gt;Words.</description></item>"
)
_WIKI = (
    "<mediawiki xml:lang='en'><siteinfo><base>https://w.example/a</base></siteinfo><page><title>A</title><ns>0</ns>"
    "<revision><timestamp>2024-01-02T00:00:00Z</timestamp><text>Words. [[File:A.jpg|thumb|B]]</text></revision></page>"
    "</mediawiki>"
)
_PAGE = (
    "<!doctype html><html lang=en><head><title>Harbour - Post</title><meta name=author content='Ana Ruiz'></head><body>"
    "<nav><a href=/>Home</a></nav><article><h1>Harbour</h1><p class=byline>By Ana Ruiz</p><p>The harbour of the old"
    " town opened on Monday.</p><figure><img src=a.jpg srcset='b.jpg 2x' alt=x><figcaption>A crane. (AP Photo/Bo Ek)"
    "</figcaption></figure><table><tr><td><img src=c.jpg></td></tr><tr><td>Nets.</td></tr></table><blockquote>So it is."
    "</blockquote></article></body>"
)
_SEEDS = {
    "html": (_PAGE,),
    "text": (
        "HARBOUR REOPENS\n\nBy Ana Ruiz\n\nAVEL (AP) - The harbour opened on Monday.\n\nA crane at Avel, May 3, 2019."
        " (AP Photo/Bo Ek)\n\nTwo ferries tied up before noon, and a third waited.\n",
    ),
    "markdown": (
        "---\ntitle: A\nimages:\n  - src: a.jpg\n    caption: |\n      B\n---\n\n# Head\n\n![alt](a.jpg 'A crane.')\n"
        "*Nets.*\n\n{{< figure src='b.jpg' caption=\"C\" >}}\n\n<figure><img src=c.jpg>"
        "<figcaption>D</figcaption></figure>\n\n> Q\n\n| a |\n|---|\n| b |\n\n"
        "{% include image.html src='d.jpg' caption='E' %}\n",
    ),
    "newsml": (
        "<nitf><head><title>A</title></head><body><body.head><hedline><hl1>A</hl1></hedline><byline>By B</byline>"
        "</body.head><body.content><p>Words.</p><media media-type='image'><media-reference source='a.jpg'/>"
        "<media-caption>C</media-caption></media></body.content></body></nitf>",
    ),
    "mediawiki-page": (_WIKI,),
    "wiki-export": (_WIKI,),
    "json-items": (
        '{"n": 1, "docs": [{"headline": "A", "body": "Words of it.", "url": "b"}, {"headline": "C", "body": "]}{"}]}',
    ),
    "sidecar": ('{"title": "a.jpg", "description": "A crane.", "photoTakenTime": {"timestamp": "1"}}',),
    "rss": (f"<rss version='2.0'><channel><title>N</title>{_ITEM}</channel></rss>",),
    "feed-item": (f"<rss version='2.0'><channel>{_ITEM}</channel></rss>",),
    "atom": (
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>A</title><content>b</content></entry></feed>",
    ),
    "wordpress": (f"<rss xmlns:wp='http://wordpress.org/export/1.2/'><channel>{_ITEM}</channel></rss>",),
    "mhtml": (_MESSAGE.format(kind="multipart/related"),),
    "mail": (_MESSAGE.format(kind="multipart/alternative"),),
    "mbox": ("From a@b.example Tue Nov 19 10:00:00 2024\n" + _MESSAGE.format(kind="multipart/mixed"),),
    "mail-text": ("Subject: A\nFrom: a@b.example\nContent-Type: text/html\n\n<p>Words of it.</p>",),
    "alto": (
        "<alto><Layout><Page WIDTH='9' HEIGHT='9'><PrintSpace><TextBlock><TextLine HPOS='1' VPOS='1' WIDTH='5'"
        " HEIGHT='1'><String CONTENT='a'/><SP/></TextLine></TextBlock><Illustration HPOS='1' VPOS='2' WIDTH='5'"
        " HEIGHT='3'/></PrintSpace></Page></Layout></alto>",
    ),
    "word-text": (
        '{"word/document.xml": 93}\n<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>A</w:t></w:r></w:p>'
        "</w:body></w:document>",
    ),
    "opendocument-text": (
        '{"content.xml": 99}\n<o:c xmlns:o="o" xmlns:t="t"><o:body><o:text><t:p>A<t:s t:c="3"/></t:p></o:text>'
        "</o:body></o:c>      ",
    ),
    "newsml1": (
        "<NewsML><NewsItem><NewsComponent><NewsLines><HeadLine>A</HeadLine></NewsLines></NewsComponent>",
    ),
    "movable-type": (
        "AUTHOR: Ana\nTITLE: A\nSTATUS: Publish\nCONVERT BREAKS: 1\nDATE: 11/19/2004 04:05:06 PM\n-----\nBODY:\n"
        "<p>Words of it.</p><img src=a.jpg><p class=caption>B</p>\n-----\nEXTENDED BODY:\nMore."
        "\n-----\nCOMMENT:\nAUTHOR: C\nD\n-----\n--------\n",
    ),
    "wire": ("\x01f0001 4 u i AVL-a 11-19\n\x02^Harbour reopens<\n   Words of it.\n\x03",),
    "page": (
        "<html><head><script id='__NEXT_DATA__' type='application/json'>{\"a\": [1]}</script></head></html>",
    ),
    "json-document": ('[{"title": {"rendered": "A"}, "content": {"rendered": "<p>b</p>"}}]',),
    "json-line": ('{"url": "https://n.example/1", "html": "<p>Words.</p>"}',),
}
"""Inputs of formats that the originals have none of."""


def _packages(name: str) -> Iterator[bytes]:
    """Yield inputs that a program has to write."""
    from tests import pdfs, test_office, test_packed, test_raw_and_film, test_tiff_pages
    from tests.conftest import make_photo

    if name == "docx":
        yield test_office.package(test_office.word(*test_office.BODY))
    elif name == "odt":
        yield test_office.zipped({"content.xml": test_office.OPEN.format("<text:p>A</text:p>").encode()})
    elif name == "pdf":
        photo = (50.0, 150.0, 80.0, 60.0, make_photo(1, (80, 60)), "jpeg")
        yield pdfs.make_pdf([([(50.0, 100.0, 10.0, "R", "Words of it.")], [photo])])
    elif name == "tiff-pages":
        yield test_tiff_pages.scanned(*(make_photo(number, (40, 30)) for number in range(3)))
    elif name == "raw":
        yield test_raw_and_film.dng(make_photo(1, (64, 48)))
    elif name == "video":
        yield _film(make_photo(1, (80, 60)))
    elif name == "cab":
        yield test_packed.cab({"a.txt": b"Words of it." * 20})
    elif name == "lha":
        yield test_packed.lha({"a.txt": b"Words of it." * 20})
    elif name in _MARKUPS:
        yield (Path(test_packed.__file__).parent / f"markups/ferry.{_MARKUPS[name]}").read_bytes()
    elif name == "7z":
        yield test_packed.packed({"a.txt": b"Words of it." * 20})
    elif name == "rar":
        yield test_packed.rar({"a.txt": b"Words of it." * 20})


def _film(photo: Image.Image) -> bytes:
    """Write a film of three frames, by PyAV."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as film:
        stream = film.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = *photo.size, "yuv420p"
        for frame in (*[av.VideoFrame.from_image(photo)] * 3, None):
            film.mux(stream.encode(frame))
    return out.getvalue()


_MARKUPS = {
    "rst": "rst",
    "asciidoc": "adoc",
    "org": "org",
    "textile": "textile",
    "wiki": "wiki",
    "bbcode": "bb",
}
"""Of the lightweight markups: what the tests' sample in it ends in."""


def write_seeds(name: str, folder: Path) -> None:
    """Whole inputs to begin with."""
    from tests.mutation import make_originals

    folder.mkdir(parents=True, exist_ok=True)
    for kind, data in make_originals().items():
        (folder / f"seed-{kind}").write_bytes(data)
    for number, given in enumerate((*_SEEDS.get(name, ()), *_packages(name))):
        (folder / f"seed-own-{number}").write_bytes(given.encode() if isinstance(given, str) else given)


def mutate_for(amount: str, names: Sequence[str]) -> int:
    """Read changed inputs, for seconds of processor time or so many (``20000x``) a target; return how many raised."""
    most = int(amount.removesuffix("x")) if amount.endswith("x") else sys.maxsize
    seconds = float("inf") if amount.endswith("x") else float(amount)
    from tests.mutation import mutate

    faults = 0
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            write_seeds(name, Path(folder))
            seeds = [path.read_bytes() for path in sorted(Path(folder).iterdir())]
            own = [path.read_bytes() for path in sorted(Path(folder).glob("seed-own-*"))] or seeds
        others = {str(number): seed for number, seed in enumerate(seeds)}
        draw = random.Random(17)
        begun, runs, slowest, raised = time.process_time(), 0, 0.0, Counter[str]()
        while runs < most and time.process_time() - begun < seconds:
            # Three of four are of the target's own format, where it has some.
            data = mutate(draw.choice(own if runs % 4 else seeds), others, draw)[:65_536]
            before = time.process_time()
            try:
                TARGETS[name](data)
            except MediaError:
                pass
            except Exception as error:
                raised[f"{type(error).__name__}: {error}"[:120]] += 1
                if raised.total() == 1:
                    traceback.print_exc()
            slowest = max(slowest, time.process_time() - before)
            runs += 1
        faults += raised.total()
        spent = time.process_time() - begun
        told = dict(raised) or "no fault"
        print(f"{name}: {runs:,} inputs in {spent:.0f} s, slowest {slowest:.2f} s, {told}", flush=True)
    return faults


def main() -> None:
    if sys.argv[1] == "--mutate":
        sys.exit(1 if mutate_for(sys.argv[2], sys.argv[3:] or list(TARGETS)) else 0)
    name, corpus, *options = sys.argv[1:]
    write_seeds(name, Path(corpus))

    def target(data: bytes) -> None:
        with suppress(MediaError):
            TARGETS[name](data)

    atheris.Setup(
        [sys.argv[0], corpus, "-max_len=65536", "-timeout=20", "-rss_limit_mb=1500", *options], target
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
