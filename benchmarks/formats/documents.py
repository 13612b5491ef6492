"""Documents of word processors and PDF, by pandoc, LibreOffice and Chromium where they are installed."""

import shutil
import subprocess
from pathlib import Path

from benchmarks.formats.planted import NoTool, Planted, Writer


def _page(article: Planted, style: str = "") -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title></title><style>{style}</style></head>'
        f"<body>{article.to_html()}</body></html>"
    )


def _pandoc(kind: str) -> Writer:
    def write(articles: list[Planted], folder: Path) -> str:
        if shutil.which("pandoc") is None:
            raise NoTool("pandoc is not installed (Debian: apt-get install pandoc)")
        for article in articles:
            command = ["pandoc", "-f", "html", "-t", kind, "-s", "-o", f"article-{article.number:02}.{kind}"]
            subprocess.run(
                command, input=_page(article), text=True, check=True, capture_output=True, cwd=folder
            )
        told = subprocess.run(["pandoc", "--version"], capture_output=True, text=True)
        return told.stdout.partition("\n")[0]

    return write


def _libreoffice(*kinds: str) -> Writer:
    """Return a writer that has LibreOffice convert pages, from one kind to the next."""

    def write(articles: list[Planted], folder: Path) -> str:
        office = shutil.which("soffice")
        if office is None:
            raise NoTool("LibreOffice is not installed (Debian: apt-get install libreoffice-writer-nogui)")
        for article in articles:
            (folder / f"article-{article.number:02}.html").write_text(_page(article), "utf-8")
        before = "html"
        for kind in kinds:
            files = sorted(folder.glob(f"*.{before}"))
            filters = ["--infilter=HTML (StarWriter)"] if before == "html" else []
            command = [office, "--headless", *filters, "--convert-to", kind, "--outdir", folder, *files]
            subprocess.run(command, check=True, capture_output=True, timeout=600)
            for file in files:
                file.unlink()
            before = kind
        told = subprocess.run([office, "--version"], capture_output=True, text=True).stdout
        return " ".join(told.split()[:2])

    return write


_COLUMNS = (
    "body{columns:2;column-gap:8mm;font:10pt/1.25 serif;text-align:justify;hyphens:auto}h1{column-span:all}"
    "p{margin:0;text-indent:1em}figure{margin:3mm 0;break-inside:avoid}figcaption{font:8pt sans-serif;text-align:left}"
)
"""As a newspaper is set: two columns, words parted at lines' ends, captions smaller."""
_BESIDE = (
    "body{font:10pt/1.3 serif}figure{display:flex;align-items:flex-end;margin:4mm 0;break-inside:avoid}"
    "figcaption{font:italic 8.5pt serif;width:45mm;margin-left:3mm}"
)
"""As a magazine is set: captions beside their pictures."""


def _chromium(style: str = "") -> Writer:
    """Return a writer that prints pages, as a person does who keeps them."""

    def write(articles: list[Planted], folder: Path) -> str:
        browser = shutil.which("chromium")
        if browser is None:
            raise NoTool("Chromium is not installed")
        for article in articles:
            page = folder / f"article-{article.number:02}.html"
            page.write_text(_page(article, style), "utf-8")
            command = [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                f"--print-to-pdf={page.with_suffix('.pdf')}",
            ]
            subprocess.run([*command, page.as_uri()], check=True, capture_output=True, timeout=120)
            page.unlink()
        return "Chromium, printed"

    return write


def _pdf_of_documents(articles: list[Planted], folder: Path) -> str:
    """Have LibreOffice write documents of pandoc's as PDF."""
    office = shutil.which("soffice")
    if office is None:
        raise NoTool("LibreOffice is not installed (Debian: apt-get install libreoffice-writer-nogui)")
    told = _pandoc("docx")(articles, folder)
    files = sorted(folder.glob("*.docx"))
    command = [office, "--headless", "--convert-to", "pdf", "--outdir", folder, *files]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    for file in files:
        file.unlink()
    return f"LibreOffice, of documents by {told}"


WRITERS: dict[str, Writer] = {
    "DOCX (pandoc)": _pandoc("docx"),
    "DOCX (LibreOffice)": _libreoffice("odt", "docx"),
    "ODT (pandoc)": _pandoc("odt"),
    "ODT (LibreOffice)": _libreoffice("odt"),
    "PDF (Chromium)": _chromium(),
    "PDF in two columns (Chromium)": _chromium(_COLUMNS),
    "PDF with captions beside (Chromium)": _chromium(_BESIDE),
    "PDF (LibreOffice)": _pdf_of_documents,
}
