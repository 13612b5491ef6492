"""Coverage-guided fuzzing of each parser of ours, with atheris (which is installed for this alone).

    pip install atheris
    python -m benchmarks.fuzzing NAME CORPUS-FOLDER [-max_total_time=60 and other options of libFuzzer]

NAME is one of the targets below. A target may end with this package's own errors; anything else that
it raises, and any input that takes longer than libFuzzer's ``-timeout``, is a finding.
"""

import io
import itertools
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["media"]):
    from media import media_type
    from media.archives.arc import Arc
    from media.archives.compression import ENGINES, Bounded, Swollen, decompress
    from media.archives.container import Member, Span
    from media.archives.http import Payload
    from media.archives.jsonlines import JsonLines
    from media.archives.tar import Tar
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
    from media.formats import FORMATS, load
    from media.pictures.metadata.weigh import read_metadata
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
        each.media_type.rpartition("/")[2].removeprefix("x-"): partial(load(each.reader), hints=Hints())
        for each in FORMATS
        if "articles.markups" in each.reader
    },
    "sidecar": lambda data: read_sidecar("x.json", data),
    "picture-metadata": read_metadata,
    "caption-key": _text_of(caption_key),
    "credit": _text_of(split_credit),
    "dates": _text_of(lambda text: list(find_dates(text))),
}


def write_seeds(name: str, folder: Path) -> None:
    """Whole inputs to begin with."""
    from tests.mutation import make_originals

    folder.mkdir(parents=True, exist_ok=True)
    for kind, data in make_originals().items():
        (folder / f"seed-{kind}").write_bytes(data)


def main() -> None:
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
