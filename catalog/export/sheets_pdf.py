"""Contact sheets as PDF, by fpdf2; each text in fonts of this machine that have its letters."""

import io
import os
import sys
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from PIL import Image as Pillow

from catalog.errors import UsageError
from catalog.export.sheets import PER_SHEET, Frame
from catalog.store.catalogue import now

try:
    from fontTools.ttLib import TTFont, TTLibError
    from fpdf import FPDF
    from fpdf.errors import FPDFException
except ImportError:  # the extra is not installed
    FPDF = None  # type: ignore[assignment,misc]

_COLUMNS, _ROWS = 4, 6
_MARGIN, _GAP, _HEAD, _PICTURE = 10.0, 3.0, 7.0, 23.0
"""Millimetres: of the page, between frames, of the heading, and the height of a picture."""
_SIZE, _SMALL, _LINE = 6.0, 5.0, 2.5
_LINES = 5
"""The most lines of a caption; the last one ends in "…" if there is more."""

_FONTS = (
    "DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial.ttf", "arial.ttf",
    "Arial Unicode.ttf", "NotoSansArabic-Regular.ttf", "NotoNaskhArabic-Regular.ttf",
    "NotoSansHebrew-Regular.ttf", "NotoSansDevanagari-Regular.ttf", "NotoSansBengali-Regular.ttf",
    "NotoSansTamil-Regular.ttf", "NotoSansThai-Regular.ttf", "NotoSansArmenian-Regular.ttf",
    "NotoSansGeorgian-Regular.ttf", "NotoSansEthiopic-Regular.ttf", "NotoSansKhmer-Regular.ttf",
    "NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "NotoSansSC-Regular.otf", "NotoSansJP-Regular.otf",
    "NotoSansKR-Regular.otf", "DroidSansFallbackFull.ttf", "wqy-zenhei.ttc", "PingFang.ttc",
    "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc", "msyh.ttc", "msgothic.ttc", "malgun.ttf", "segoeui.ttf",
)  # fmt: skip
"""Looked for in this order; one is loaded once a text has letters that those before it lack."""


def write_pdf_sheets(
    frames: Iterable[Frame], path: Path, name: str, fonts: Sequence[Path] = ()
) -> tuple[int, str]:
    """Write contact sheets of A4; gives the number of pictures, and the letters that no font has.

    :param fonts: files of fonts to be used before those of this machine.
    :raises UsageError: fpdf2 is not installed, there is no font, or a named file is not a font.
    """
    if FPDF is None:
        raise UsageError(
            "PDF needs fpdf2: pip install 'cutline[sheets]'. Or write --format html, and print that."
        )
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(auto=False)
    pdf.set_title(f"{name} · contact sheets")
    pdf.set_image_filter("DCTDecode")
    lettering = _Lettering(pdf, fonts)
    count = 0
    for count, frame in enumerate(frames, start=1):
        place = (count - 1) % PER_SHEET
        if place == 0:
            pdf.add_page()
            lettering.use(8, 70)
            said = f"{name} · sheet {pdf.page_no()} · {now()[:10]}"
            lettering.write(said, _MARGIN, _MARGIN - 3, pdf.w - 2 * _MARGIN, 1, 4)
        _draw(pdf, lettering, frame, place)
    pdf.output(os.fspath(path))
    return count, "".join(sorted(lettering.missing))


def _draw(pdf: "FPDF", lettering: "_Lettering", frame: Frame, place: int) -> None:
    width = (pdf.w - 2 * _MARGIN - (_COLUMNS - 1) * _GAP) / _COLUMNS
    height = (pdf.h - 2 * _MARGIN - _HEAD) / _ROWS
    left, top = _MARGIN + place % _COLUMNS * (width + _GAP), _MARGIN + _HEAD + place // _COLUMNS * height
    if frame.thumbnail:
        with Pillow.open(io.BytesIO(frame.thumbnail)) as picture:
            shown = picture.convert("RGB")
        scale = min(width / shown.width, _PICTURE / shown.height)
        pdf.image(
            shown, left + (width - shown.width * scale) / 2, top, shown.width * scale, shown.height * scale
        )
    top += _PICTURE + 0.8
    lettering.use(_SIZE, 0 if frame.caption else 110)
    top += _LINE * lettering.write(frame.caption or "No caption.", left, top, width, _LINES, _LINE)
    lettering.use(_SMALL, 70)
    more = f"{frame.more} more caption{'s' * (frame.more > 1)}" if frame.more else ""
    beside = " · ".join(each for each in (frame.date, frame.credit, more) if each)
    if beside:
        top += _LINE * lettering.write(beside, left, top, width, 1, _LINE)
    lettering.write_end(frame.locator, left, top, width, _LINE)


class _Lettering:
    """Writes texts of any script, as far as there are fonts for it."""

    def __init__(self, pdf: "FPDF", given: Sequence[Path]) -> None:
        self.pdf = pdf
        self.letters: set[int] = set()
        """Code points that the fonts in use have."""
        self.missing: set[str] = set()
        self.families: list[str] = []
        self.waiting: Iterator[Path] = iter([*given, *_find_fonts()])
        for path in given:
            if not self._load(next(self.waiting)):
                raise UsageError(f"{path} is no font that can be used. Name a TrueType or OpenType file.")
        while not self.families and (found := next(self.waiting, None)):
            self._load(found)
        if not self.families:
            raise UsageError("No font was found on this machine. Name one: --font DejaVuSans.ttf")
        pdf.set_font(self.families[0], size=_SIZE)
        pdf.set_text_shaping(True)

    def use(self, size: float, grey: int) -> None:
        self.pdf.set_font(self.families[0], size=size)
        self.pdf.set_text_color(grey)

    def write(self, text: str, left: float, top: float, width: float, most: int, line: float) -> int:
        """Write a text in at most so many lines; gives how many it took."""
        text = self._prepare(text)
        if most == 1:
            self._write_line(self._cut(text, width), left, top, width, line, text)
            return 1
        found = self.pdf.multi_cell(width, line, text, dry_run=True, output="LINES")
        lines = [str(each) for each in found] if isinstance(found, list) else [text]
        if len(lines) > most:
            lines = [*lines[: most - 1], lines[most - 1].rstrip()[:-2] + "…"]
        for number, each in enumerate(lines):
            self._write_line(each, left, top + number * line, width, line, text)
        return len(lines)

    def write_end(self, text: str, left: float, top: float, width: float, line: float) -> None:
        """Write a text on one line, its end where it is too long: of a path, the file's name."""
        text = self._prepare(text)
        self._write_line(self._cut(text, width, from_end=True), left, top, width, line, text)

    def _write_line(self, said: str, left: float, top: float, width: float, line: float, whole: str) -> None:
        self.pdf.set_xy(left, top)
        self.pdf.cell(width, line, said, align="R" if _is_rightward(whole) else "L")

    def _cut(self, text: str, width: float, *, from_end: bool = False) -> str:
        """Return as much of a text as fits on a line, with "…" for the rest."""
        room = width - 2 * self.pdf.c_margin
        if self.pdf.get_string_width(text) <= room:
            return text

        def cut(length: int) -> str:
            return "…" + text[len(text) - length :] if from_end else text[:length].rstrip() + "…"

        fits = range(len(text))
        return cut(
            bisect_left(fits, True, key=lambda length: self.pdf.get_string_width(cut(length)) > room) - 1
        )

    def _prepare(self, text: str) -> str:
        """Return a text on one line, in letters that there are; what no font has becomes "?" and is noted."""
        text = " ".join(text.split())
        lacking = {each for each in text if ord(each) not in self.letters} - self.missing
        while lacking and (path := next(self.waiting, None)):
            self._load(path)
            lacking = {each for each in lacking if ord(each) not in self.letters}
        self.missing |= {each for each in lacking if unicodedata.category(each)[0] not in "CM"}
        return "".join(each if ord(each) in self.letters else "?" for each in text if _is_drawn(each))

    def _load(self, path: Path) -> bool:
        try:
            with open(path, "rb") as file, TTFont(file, fontNumber=0, lazy=True) as font:
                letters = set(font.getBestCmap() or {})
            if not letters - self.letters:
                return False
            self.pdf.add_font(f"font-{len(self.families)}", fname=path)
        except (OSError, TTLibError, FPDFException, KeyError, ValueError):
            return False
        self.families.append(f"font-{len(self.families)}")
        self.letters |= letters
        self.pdf.set_fallback_fonts(self.families[1:], exact_match=False)
        return True


def _is_drawn(letter: str) -> bool:
    return unicodedata.category(letter) != "Cc"


def _is_rightward(text: str) -> bool:
    """Return whether the first letter that has a direction goes from right to left."""
    found = (unicodedata.bidirectional(each) for each in text)
    return next((each in ("R", "AL") for each in found if each in ("L", "R", "AL")), False)


def _find_fonts() -> Iterator[Path]:
    """Yield fonts of this machine, in the order of :data:`_FONTS`."""
    home = Path.home()
    folders: dict[str, list[str | Path]] = {
        "darwin": ["/System/Library/Fonts", "/Library/Fonts", home / "Library/Fonts"],
        "win32": [Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"],
    }
    usual: list[str | Path] = [
        "/usr/share/fonts",
        "/usr/local/share/fonts",
        home / ".local/share/fonts",
        home / ".fonts",
    ]
    there = {
        name: Path(folder) / name
        for root in folders.get(sys.platform, usual)
        for folder, _, names in os.walk(root)
        for name in names
        if name in _FONTS
    }
    return (there[name] for name in _FONTS if name in there)
