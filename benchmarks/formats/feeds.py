"""Feeds, exports, mail, saved pages, books and JSON, by the tools that write them where one is installed.

``pip install feedgen`` for RSS and Atom, ``npm install -g single-file-cli`` and Chromium for SingleFile, Playwright and
Chromium for MHTML, pandoc for EPUB. What WordPress, Ghost, Arc and agencies write is written here as they write it.
"""

import html
import json
import mailbox
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.formats.planted import NoTool, Picture, Planted

SITE = "https://planted.example"
_BY_HAND = "by hand, as the system writes it"


def _body(article: Planted, base: str = f"{SITE}/pictures/") -> str:
    """Return the article's HTML without its headline, its pictures at ``base``."""
    return article.to_html().partition("\n")[2].replace('<img src="', f'<img src="{base}')


def _moment(article: Planted) -> datetime:
    return datetime.fromisoformat(article.published).replace(hour=10, tzinfo=UTC)


def _feed(kind: str, articles: list[Planted], folder: Path) -> str:
    try:
        from feedgen.feed import FeedGenerator
    except ImportError as error:
        raise NoTool("pip install feedgen") from error
    feed = FeedGenerator()
    feed.load_extension("media")
    feed.id(SITE)
    feed.title("Planted")
    feed.link(href=SITE)
    feed.description("Planted articles")
    feed.language("en")
    for article in articles:
        entry = feed.add_entry(order="append")
        entry.id(f"{SITE}/{article.number}")
        entry.title(article.headline)
        entry.link(href=f"{SITE}/{article.number}")
        entry.author({"name": article.byline, "email": "desk@planted.example"})
        entry.published(_moment(article))
        entry.content(_body(article), type="html" if kind == "atom" else "CDATA")
    write = feed.atom_file if kind == "atom" else feed.rss_file
    write(str(folder / f"feed.{kind}"))
    return "feedgen"


def _wordpress(blocks: bool, articles: list[Planted], folder: Path) -> str:
    items = []
    for article in articles:
        parts = []
        for index, part in enumerate(article.parts):
            number = 1000 + article.number * 10 + index
            if isinstance(part, str):
                text = html.escape(part, quote=False)
                parts.append(
                    f"<!-- wp:paragraph -->\n<p>{text}</p>\n<!-- /wp:paragraph -->" if blocks else text
                )
            else:
                parts.append(_wordpress_picture(part, number, blocks))
                items.append(_attachment(part, number))
        content = "\n\n".join(parts)
        items.append(
            f"<item><title><![CDATA[{article.headline}]]></title><link>{SITE}/{article.number}/</link>"
            f"<pubDate>{_moment(article):%a, %d %b %Y %H:%M:%S +0000}</pubDate>"
            "<dc:creator><![CDATA[desk]]></dc:creator>"
            f"<content:encoded><![CDATA[{content}]]></content:encoded><wp:post_id>{article.number + 1}"
            "</wp:post_id><wp:post_type><![CDATA[post]]></wp:post_type><wp:status><![CDATA[publish]]></wp:status></item>"
        )
    spaces = "".join(
        f' xmlns:{prefix}="{address}"'
        for prefix, address in (
            ("excerpt", "http://wordpress.org/export/1.2/excerpt/"),
            ("content", "http://purl.org/rss/1.0/modules/content/"),
            ("dc", "http://purl.org/dc/elements/1.1/"),
            ("wp", "http://wordpress.org/export/1.2/"),
        )
    )
    head = (
        f'<?xml version="1.0" encoding="UTF-8" ?>\n<rss version="2.0"{spaces}><channel><title>Planted</title>'
    )
    (folder / "export.xml").write_text(head + "\n".join(items) + "</channel></rss>", "utf-8")
    return _BY_HAND


def _wordpress_picture(picture: Picture, number: int, blocks: bool) -> str:
    caption = html.escape(picture.caption, quote=False)
    image = f'<img src="{SITE}/wp-content/uploads/{picture.name}" alt="" class="wp-image-{number}" />'
    if blocks:
        told = f'<figcaption class="wp-element-caption">{caption}</figcaption>'
        figure = f'<figure class="wp-block-image">{image}{told}</figure>'
        return f'<!-- wp:image {{"id":{number}}} -->\n{figure}\n<!-- /wp:image -->'
    if number % 3 == 0:
        return f'[gallery ids="{number}"]'
    return f'[caption id="attachment_{number}" align="aligncenter" width="160"]{image} {caption}[/caption]'


def _attachment(picture: Picture, number: int) -> str:
    return (
        f"<item><title>{picture.name}</title><excerpt:encoded><![CDATA[{html.escape(picture.caption, quote=False)}]]>"
        f"</excerpt:encoded><wp:post_id>{number}</wp:post_id><wp:post_type><![CDATA[attachment]]></wp:post_type>"
        f"<wp:attachment_url><![CDATA[{SITE}/wp-content/uploads/{picture.name}]]></wp:attachment_url></item>"
    )


def _letter(article: Planted, folder: Path) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = article.headline
    message["From"] = f"{article.byline} <desk@planted.example>"
    message["Date"] = _moment(article)
    message.set_content("\n\n".join(article.paragraphs))
    page = f'<html><body><div class="article">{_body(article, "cid:")}</div></body></html>'
    message.add_alternative(page, subtype="html")
    for picture in article.pictures:
        data = (folder / picture.name).read_bytes()
        message.get_payload()[1].add_related(data, "image", "jpeg", cid=f"<{picture.name}>")
    return message


def _eml(articles: list[Planted], folder: Path) -> str:
    for article in articles:
        (folder / f"{article.number:02}.eml").write_bytes(_letter(article, folder).as_bytes())
    return "Python's email"


def _mbox(articles: list[Planted], folder: Path) -> str:
    box = mailbox.mbox(folder / "desk.mbox")
    for article in articles:
        box.add(mailbox.mboxMessage(_letter(article, folder)))
    box.close()
    return "Python's mailbox"


def _pages(articles: list[Planted], folder: Path) -> list[Path]:
    """Write plain pages beside the archive, to be saved by a browser."""
    site = folder.parent / "site"
    site.mkdir(exist_ok=True)
    for picture in folder.glob("*.jpg"):
        shutil.copy(picture, site)
    pages = []
    for article in articles:
        page = site / f"{article.number:02}.html"
        title = f"<title>{escape(article.headline)}</title>"
        head = f'<!doctype html><html lang="en"><head><meta charset="utf-8">{title}</head>'
        page.write_text(
            f"{head}<body><main><article>{article.to_html()}</article></main></body></html>", "utf-8"
        )
        pages.append(page)
    return pages


def _singlefile(articles: list[Planted], folder: Path) -> str:
    tool, browser = shutil.which("single-file"), shutil.which("chromium")
    if tool is None or browser is None:
        raise NoTool("npm install -g single-file-cli, and Chromium")
    for page in _pages(articles, folder):
        command = [tool, f"--browser-executable-path={browser}", "--browser-args", '["--no-sandbox"]']
        subprocess.run(
            [*command, page.as_uri(), folder / page.name], check=True, capture_output=True, timeout=300
        )
    return "single-file-cli"


def _mhtml(articles: list[Planted], folder: Path) -> str:
    browser = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise NoTool("pip install playwright") from error
    if browser is None:
        raise NoTool("Chromium is not installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for page in _pages(articles, folder):
            tab = running.new_page()
            tab.goto(page.as_uri())
            told = tab.context.new_cdp_session(tab).send("Page.captureSnapshot", {"format": "mhtml"})
            (folder / f"{page.stem}.mhtml").write_bytes(told["data"].encode())
            tab.close()
        version = running.version
        running.close()
    return f"Chromium {version.partition('.')[0]}"


def _epub(articles: list[Planted], folder: Path) -> str:
    if shutil.which("pandoc") is None:
        raise NoTool("pandoc is not installed (Debian: apt-get install pandoc)")
    book = folder / "book.html"
    book.write_text("\n".join(article.to_html() for article in articles), "utf-8")
    command = ["pandoc", "-f", "html", "-t", "epub3", "-M", "title=Planted", "-o", "book.epub", book]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    book.unlink()
    return "pandoc"


def _write_json(name: str, value: object, folder: Path) -> str:
    (folder / name).write_text(json.dumps(value, ensure_ascii=False, indent=1), "utf-8")
    return _BY_HAND


def _wordpress_api(articles: list[Planted], folder: Path) -> str:
    posts = [
        {
            "id": article.number,
            "date_gmt": f"{article.published}T10:00:00",
            "link": f"{SITE}/{article.number}/",
            "title": {"rendered": html.escape(article.headline)},
            "content": {"rendered": _body(article), "protected": False},
            "_embedded": {"author": [{"name": article.byline}]},
        }
        for article in articles
    ]
    return _write_json("posts.json", posts, folder)


def _ghost(articles: list[Planted], folder: Path) -> str:
    posts = [
        {
            "id": str(article.number),
            "title": article.headline,
            "html": _body(article, "__GHOST_URL__/content/images/"),
            "feature_image": None,
            "published_at": f"{article.published}T10:00:00.000Z",
        }
        for article in articles
    ]
    tables = {"posts": posts, "posts_meta": [], "users": [], "posts_authors": []}
    return _write_json("ghost.json", {"db": [{"meta": {"version": "5.9"}, "data": tables}]}, folder)


def _arc(articles: list[Planted], folder: Path) -> str:
    for article in articles:
        nodes = [
            {"type": "text", "content": html.escape(part, quote=False)}
            if isinstance(part, str)
            else {"type": "image", "url": f"{SITE}/{part.name}", "caption": part.caption}
            for part in article.parts
        ]
        story = {
            "type": "story",
            "headlines": {"basic": article.headline},
            "credits": {"by": [{"name": article.byline, "type": "author"}]},
            "display_date": f"{article.published}T10:00:00Z",
            "content_elements": nodes,
        }
        _write_json(f"{article.number:02}.json", story, folder)
    return _BY_HAND


def _html_lines(articles: list[Planted], folder: Path) -> str:
    rows = [
        {"url": f"{SITE}/{one.number}", "title": one.headline, "content": _body(one), "date": one.published}
        for one in articles
    ]
    (folder / "articles.jsonl").write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return _BY_HAND


def _next_data(articles: list[Planted], folder: Path) -> str:
    for article in articles:
        nodes = [
            {"type": "p", "text": part}
            if isinstance(part, str)
            else {"type": "image", "src": f"/{part.name}", "caption": part.caption}
            for part in article.parts
        ]
        told = {"props": {"pageProps": {"article": {"headline": article.headline, "body": nodes}}}}
        script = f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(told)}</script>'
        head = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Planted</title></head>'
        page = f'{head}<body><div id="__next"></div>{script}</body></html>'
        (folder / f"{article.number:02}.html").write_text(page, "utf-8")
    return _BY_HAND


def _newsml1(articles: list[Planted], folder: Path) -> str:
    for article in articles:
        text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in article.paragraphs)
        pictures = "".join(
            '<NewsComponent><Role FormalName="Photo"/><NewsComponent><Role FormalName="Caption"/><ContentItem>'
            f"<DataContent><p>{escape(one.caption)}</p></DataContent></ContentItem></NewsComponent>"
            f'<ContentItem Href="{one.name}"><MediaType FormalName="Photo"/></ContentItem></NewsComponent>'
            for one in article.pictures
        )
        lines = f"<HeadLine>{escape(article.headline)}</HeadLine><ByLine>{escape(article.byline)}</ByLine>"
        item = (
            f"<NewsLines>{lines}</NewsLines>"
            f'<NewsComponent><Role FormalName="Main"/><ContentItem><MediaType FormalName="Text"/><DataContent>{text}'
            f"</DataContent></ContentItem></NewsComponent>{pictures}"
        )
        whole = f"<NewsML><NewsItem><NewsComponent>{item}</NewsComponent></NewsItem></NewsML>"
        (folder / f"{article.number:02}.xml").write_text(whole, "utf-8")
    return _BY_HAND


WRITERS: dict[str, Callable[[list[Planted], Path], str]] = {
    "RSS": partial(_feed, "rss"),
    "Atom": partial(_feed, "atom"),
    "WordPress export (blocks)": partial(_wordpress, True),
    "WordPress export (shortcodes)": partial(_wordpress, False),
    "message (EML)": _eml,
    "mailbox (mbox)": _mbox,
    "saved page (MHTML)": _mhtml,
    "saved page (SingleFile)": _singlefile,
    "EPUB": _epub,
    "JSON: WordPress REST API": _wordpress_api,
    "JSON: Ghost export": _ghost,
    "JSON: Arc XP": _arc,
    "JSON Lines with HTML": _html_lines,
    "page with data only": _next_data,
    "NewsML 1": _newsml1,
}
"""What each format is called, and who writes it."""
