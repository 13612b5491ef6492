"""Messages, mailboxes, saved pages, and pictures in a page's own text: what each holds, damaged and hostile ones."""

import base64
import io
import mailbox
import random
from email.message import EmailMessage
from pathlib import Path

import pytest

from media.archives.container import Damage, Member
from media.archives.mail import Mail, SavedPage
from media.archives.mbox import Mbox
from media.archives.open_container import open_container
from media.archives.page_pictures import PagePictures
from media.articles.mail import read_mail
from media.decoding.data_pictures import find_pictures, picture_address, short_address
from media.decoding.mime import parse_message
from media.errors import MissingError
from media.media_type import recognise
from tests.conftest import rows, scan_archive
from tests.containers import make_zip, photo
from tests.html_pages import PARAGRAPHS, page

FIGURE = (
    '<figure><img src="%s"><figcaption>A crane lifts a block at Avel. Photo: Ilse Maren</figcaption></figure>'
)
PICTURE = photo(7, (400, 300))


def letter(
    subject: str = "Hafen wieder offen – Übersicht", html: bool = True, cid: str = "b1@avel.example"
) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "Jo Ék <jo@avel.example>"
    message["To"] = "desk@avel.example"
    message["Date"] = "Tue, 19 Nov 2024 10:00:00 +0100"
    message["Message-ID"] = f"<{cid}>"
    message.set_content("\n\n".join(PARAGRAPHS))
    if html:
        message.add_alternative(page(FIGURE % f"cid:{cid}").decode(), subtype="html")
        alternative = message.get_payload()[1]  # type: ignore[index]
        alternative.add_related(PICTURE, "image", "jpeg", cid=f"<{cid}>")  # type: ignore[union-attr]
    return message


def members(data: bytes) -> list[Member]:
    mail = open_container(io.BytesIO(data), recognise(data[:4096], "a.eml"), "a.eml")
    assert mail is not None
    found = [each for span in mail.spans() for each in mail.members(span)]  # type: ignore[arg-type]
    assert not any(isinstance(each, Damage) for each in found)
    return found  # type: ignore[return-value]


def test_text_of_a_message_is_an_article_told_by_its_headers() -> None:
    text, picture = members(letter().as_bytes())
    article = read_mail(text.stream.read())
    assert article.headline == "Hafen wieder offen – Übersicht"
    assert (article.byline, article.published_at) == ("Jo Ék", "2024-11-19T10:00:00+01:00")
    assert article.body.split("\n") == PARAGRAPHS
    (placement,) = article.placements
    assert placement.caption is not None and placement.caption.text == "A crane lifts a block at Avel."
    assert placement.image_src == "cid:b1@avel.example"
    assert picture.capture is not None and picture.capture.target_uri == "cid:b1@avel.example"
    assert picture.stream.read() == PICTURE


def test_plain_message_is_read_as_plain_text() -> None:
    (text,) = members(letter(html=False).as_bytes())
    assert read_mail(text.stream.read()).body.split("\n") == PARAGRAPHS


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
def test_encodings_in_which_text_is_sent(encoding: str) -> None:
    message = EmailMessage()
    message["Subject"] = "x"
    message["MIME-Version"] = "1.0"
    message.set_content("Größe und Höhe der neuen Mole. " * 3, charset="iso-8859-1", cte=encoding)
    (text,) = members(message.as_bytes())
    assert read_mail(text.stream.read()).body.startswith("Größe und Höhe der neuen Mole.")


def test_forwarded_message_comes_after_the_message_itself() -> None:
    outer = EmailMessage()
    outer["Subject"] = "Outer"
    outer["MIME-Version"] = "1.0"
    outer.set_content(f"{PARAGRAPHS[0]}\n\n{PARAGRAPHS[1]}")
    outer.add_attachment(letter("Inner"))
    text, inner, picture = members(outer.as_bytes())
    article = read_mail(text.stream.read())
    assert (article.headline, article.body) == ("Outer", f"{PARAGRAPHS[0]}\n{PARAGRAPHS[1]}")
    article = read_mail(inner.stream.read())
    assert (article.headline, article.byline) == ("Inner", "Jo Ék")
    assert article.body.split("\n") == PARAGRAPHS
    assert picture.stream.read() == PICTURE


def test_text_that_goes_on_after_a_picture_is_one_text() -> None:
    message = EmailMessage()
    message["Subject"] = "Two halves"
    message.set_content(PARAGRAPHS[0])
    message.make_mixed()
    message.attach(inline(PICTURE, "image", "jpeg"))
    message.attach(inline(f"{PARAGRAPHS[1]} Größe.", "plain"))
    text, picture = members(message.as_bytes())
    assert read_mail(text.stream.read()).body == f"{PARAGRAPHS[0]}\n{PARAGRAPHS[1]} Größe."
    assert picture.stream.read() == PICTURE
    message.attach(inline(f"<p>{PARAGRAPHS[2]}</p>", "html"))
    text, _ = members(message.as_bytes())
    article = read_mail(text.stream.read())
    assert article.body.split("\n") == [PARAGRAPHS[0], f"{PARAGRAPHS[1]} Größe.", PARAGRAPHS[2]]


def inline(content: str | bytes, *kind: str) -> EmailMessage:
    part = EmailMessage()
    part.set_content(content, *kind, disposition="inline")
    return part


def test_attached_files_are_members_whatever_they_hold(tmp_path: Path, catalog_path: Path) -> None:
    message = letter()
    story = "\n\n".join((f"BREST - {PARAGRAPHS[1]}", *PARAGRAPHS[2:]))
    message.add_attachment(story, filename="story.txt")
    message.add_attachment(page("").decode(), subtype="html", filename="page.html")
    message.add_attachment(b"\0\0\0\x18ftypmp42" + bytes(400), "video", "mp4", filename="clip.mp4")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.eml").write_bytes(message.as_bytes())
    scan_archive(catalog_path, tmp_path / "a")
    assert rows(
        catalog_path, "SELECT media_type FROM records WHERE container_id IS NOT NULL ORDER BY id"
    ) == [
        ("application/x-mail-text",),
        ("image/jpeg",),
        ("text/plain",),
        ("text/html",),
        ("video/mp4",),
    ]
    assert rows(catalog_path, "SELECT count(*) FROM articles") == [(3,)]
    assert rows(catalog_path, "SELECT reason FROM problems") == [("1 video: not read",)]


MHTML = """From: <Saved by Blink>
Snapshot-Content-Location: https://avel.example/port
Subject: =?utf-8?Q?Hafen?=
Date: Tue, 19 Nov 2024 10:00:00 -0000
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="--x--y"

----x--y
Content-Type: text/html
Content-ID: <frame-1@mhtml.blink>
Content-Transfer-Encoding: binary
Content-Location: https://avel.example/port

{page}
----x--y
Content-Type: text/html
Content-ID: <frame-2@mhtml.blink>
Content-Transfer-Encoding: quoted-printable
Content-Location: https://ads.example/frame

<p>Buy an advert of many words, which is no article of anybody, and never was one.</p>
----x--y
Content-Type: image/jpeg
Content-Transfer-Encoding: base64
Content-Location: https://avel.example/wp/crane.jpg?w=1

{picture}
----x--y--
"""


def mhtml() -> bytes:
    shown = page(FIGURE % "https://avel.example/wp/crane.jpg?w=1").decode()
    return (
        MHTML.format(page=shown, picture=base64.encodebytes(PICTURE).decode()).replace("\n", "\r\n").encode()
    )


def test_saved_page_is_paired_with_the_pictures_saved_with_it(tmp_path: Path, catalog_path: Path) -> None:
    (tmp_path / "port.mhtml").write_bytes(mhtml())
    scan_archive(catalog_path, tmp_path)
    assert rows(catalog_path, "SELECT body, url FROM articles") == [
        ("\n".join(PARAGRAPHS), "https://avel.example/port")
    ]
    assert rows(catalog_path, "SELECT image_src, paired_by, image_sha256 IS NOT NULL FROM placements") == [
        ("https://avel.example/wp/crane.jpg?w=1", "address", 1)
    ]
    assert rows(catalog_path, "SELECT unread FROM records WHERE target_uri LIKE '%frame'") == [("support",)]
    assert rows(catalog_path, "SELECT captured_at FROM records WHERE media_type = 'image/jpeg'") == [
        ("2024-11-19T10:00:00Z",)
    ]
    assert rows(catalog_path, "SELECT * FROM problems") == []


def test_mailbox_of_the_standard_library(tmp_path: Path, catalog_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "desk.mbox")
    for number in range(30):
        message = letter(f"Letter {number}", cid=f"p{number}@avel.example")
        message.get_payload()[0].set_content(f"From what {number} say.\n\nFrom dawn.\n")  # type: ignore[index,union-attr]
        box.add(mailbox.mboxMessage(message))
    box.close()
    scan_archive(catalog_path, tmp_path)
    assert rows(catalog_path, "SELECT headline FROM articles ORDER BY id") == [
        (f"Letter {n}",) for n in range(30)
    ]
    assert rows(catalog_path, "SELECT count(*), sum(image_sha256 IS NOT NULL) FROM placements") == [(30, 30)]
    assert rows(catalog_path, "SELECT paired_by, count(*) FROM placements GROUP BY 1") == [("address", 30)]


def test_marks_of_messages_across_the_ends_of_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    one = b"From a@b.example Tue Nov 19 10:00:00 2024\nSubject: x\n\nWords.\n>From here.\nFrom there 10:00 x\n\n"
    data = one * 60
    places = list(Mbox(io.BytesIO(data), "x")._places(0))
    assert [begin for begin, _ in places] == list(range(0, len(data), len(one)))
    for size in (700, 997, 1024):
        monkeypatch.setattr("media.archives.mbox._CHUNK_BYTES", size)
        assert list(Mbox(io.BytesIO(data), "x")._places(0)) == places
    box = Mbox(io.BytesIO(data), "x")
    (span,) = box.spans()
    for member in box.members(span):  # type: ignore[arg-type]
        assert isinstance(member, Member)
        assert b"\nFrom here." in member.stream.read()
        with box.open(member.locator[1:]) as again:
            assert again.locator == member.locator


# --- pictures in the page's own text


def data_address(picture: bytes = PICTURE) -> str:
    return "data:image/jpeg;charset=x;base64," + base64.b64encode(picture).decode()


def test_picture_in_a_page_is_a_record_and_shown_by_it(tmp_path: Path, catalog_path: Path) -> None:
    shown = page(
        FIGURE % data_address(),
        tail="<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw=' data-src='c.jpg'>",
    )
    other = shown.replace(b"Harbour", b"Port")
    (tmp_path / "a.html").write_bytes(shown)
    (tmp_path / "b.zip").write_bytes(make_zip({"in/b.html": other}))
    (tmp_path / "c.jpg").write_bytes(photo(9))
    scan_archive(catalog_path, tmp_path)
    offset = shown.index(b"data:image/jpeg")
    assert rows(
        catalog_path, "SELECT locator FROM records WHERE media_type = 'image/jpeg' ORDER BY locator"
    ) == [
        (f"a.html#{offset}",),
        (f"b.zip!in/b.html#{other.index(b'data:image/jpeg')}",),
        ("c.jpg",),
    ]
    assert rows(
        catalog_path,
        "SELECT count(*) FROM placements WHERE caption_id IS NOT NULL AND image_sha256 IS NOT NULL",
    ) == [(2,)]
    (tmp_path / "a.html").write_bytes(page(FIGURE % "c.jpg"))
    scan_archive(catalog_path, tmp_path)
    gone = "SELECT missing_since IS NOT NULL FROM records WHERE locator LIKE 'a.html#%'"
    assert rows(catalog_path, gone) == [(1,)]


def test_a_picture_that_a_saved_page_keeps_in_its_style_sheet_is_tied(
    tmp_path: Path, catalog_path: Path
) -> None:
    """As SingleFile saves what a page shows twice."""
    style = f'<style>:root{{--sf-img-1: url("{data_address()}")}}</style>'
    blank = '\'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg"><rect fill-opacity="0"/></svg>\''
    image = f'<img src={blank} style="background-image:var(--sf-img-%d)!important;width:9px">'
    shown = "".join(
        f"<figure>{image % number}<figcaption>{caption}</figcaption></figure><p>Words of it, and more of them.</p>"
        for number, caption in (
            (1, "A crane lowers a block."),
            (1, "The same crane."),
            (7, "Nothing is there."),
        )
    )
    (tmp_path / "a.html").write_bytes(page(style + shown))
    scan_archive(catalog_path, tmp_path)
    told = "SELECT c.text, image_sha256 IS NOT NULL FROM placements p JOIN captions c ON c.id = caption_id ORDER BY 1"
    assert rows(catalog_path, told) == [
        ("A crane lowers a block.", 1),
        ("Nothing is there.", 0),
        ("The same crane.", 1),
    ]


def test_pictures_of_a_page_open_by_their_place() -> None:
    data = page(FIGURE % data_address())
    pictures = PagePictures(io.BytesIO(data), "a.html")
    ((offset, picture),) = find_pictures(data)
    with pictures.open(f"#{offset}") as member:
        assert member.stream.read() == picture == PICTURE
    with pytest.raises(MissingError), pictures.open("#1"):
        pass


def test_short_addresses() -> None:
    assert short_address(data_address()) == picture_address(PICTURE)
    assert short_address("https://a.example/b.jpg") == "https://a.example/b.jpg"
    assert short_address("data:image/gif;base64,R0lGODlhAQABAAAAACw=") == ""
    assert short_address("data:image/svg+xml;base64," + "A" * 9000) == ""


@pytest.mark.parametrize(
    "written",
    [
        "<img src=%s alt=abcdefgh>",
        "<img src=%s\nalt=abcdefgh width=300>",
        '<img alt=x src="%s">',
        "<img style='background:url(%s) center'>",
    ],
)
def test_picture_ends_where_its_address_does(written: str) -> None:
    ((_, picture),) = find_pictures(page(written % data_address()))
    assert picture == PICTURE


def test_lines_of_a_picture_are_joined() -> None:
    wrapped = "data:image/jpeg;base64,\n" + base64.encodebytes(PICTURE).decode()
    ((_, picture),) = find_pictures(page(f'<img src="{wrapped}">'))
    assert picture == PICTURE
    assert short_address(wrapped) == picture_address(PICTURE)


def test_an_address_is_found_in_capitals_too_and_after_one_that_is_no_picture() -> None:
    shown, other = PICTURE, PICTURE[:2_000]
    capitals = data_address(other).replace("data:image/jpeg", "DATA:Image/JPEG")
    text = f"<img src='data:image/svg+xml;base64,PHN2Zz4='><img src='{capitals}'><img src='{data_address()}'>"
    assert [picture for _, picture in find_pictures(text.encode())] == [other, shown]
    assert list(find_pictures(b"<p>An address begins with data:image/ and names a kind</p>")) == []


def test_same_picture_twice_is_one_record() -> None:
    assert len(list(find_pictures(page(FIGURE % data_address() * 3)))) == 1


# --- damage


def test_message_that_is_cut_short_is_named_and_read(tmp_path: Path, catalog_path: Path) -> None:
    data = letter().as_bytes()
    (tmp_path / "a.eml").write_bytes(data[: data.rindex(b"Content-Type: image/jpeg") + 5000])
    scan_archive(catalog_path, tmp_path)
    assert rows(catalog_path, "SELECT body FROM articles") == [("\n".join(PARAGRAPHS),)]
    reasons = [reason for (reason,) in rows(catalog_path, "SELECT reason FROM problems")]
    assert "the message is cut short" in reasons


@pytest.mark.parametrize(
    "data",
    [
        b"Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n" + b"--a\n" * 30_000,
        b"MIME-Version: 1.0\nSubject: x\n" + b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(300)
        ),
        b"MIME-Version: 1.0\nSubject: x\n" + b"X: y\n" * 100_000,
        b"MIME-Version: 1.0\nSubject: =?utf-8?B?////?=\nFrom: =?x-none?Q?a?=\nDate: never\n\nWords of it.",
        b"MIME-Version: 1.0\nSubject: x\nContent-Type: text/html; charset=nobody\n\n<p>Words of it.</p>",
        b"MIME-Version: 1.0\nSubject: x\nContent-Transfer-Encoding: base64\n\n!!!" + b"A" * 10_001,
        b"MIME-Version: 1.0\nSubject: x\nContent-Type: message/rfc822\n\n" * 50,
    ],
    ids=["parts", "depth", "headers", "words", "charset", "base64", "messages"],
)  # fmt: skip
def test_hostile_messages_are_read_or_named(data: bytes, tmp_path: Path, catalog_path: Path) -> None:
    assert len(parse_message(data).parts) <= 5_000
    (tmp_path / "a.eml").write_bytes(data)
    scan_archive(catalog_path, tmp_path)
    assert rows(catalog_path, "SELECT count(*) FROM problems WHERE traceback IS NOT NULL") == [(0,)]


def test_flipped_bytes_never_raise() -> None:
    whole = mhtml() + letter().as_bytes()
    chance = random.Random(4)
    for _ in range(60):
        data = bytearray(whole[: chance.randrange(200, len(whole))])
        for _ in range(20):
            data[chance.randrange(len(data))] = chance.randrange(256)
        for part in parse_message(bytes(data)).parts:
            part.decode()


def test_books_list_of_chapters_is_no_article() -> None:
    head = (
        b'<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"'
        b' xmlns:epub="http://www.idpf.org/2007/ops"><head><title>x</title></head><body>%b</body></html>'
    )
    assert (
        recognise(head % b'<nav epub:type="toc"><ol><li>One</li></ol></nav>', "nav.xhtml")
        == "application/x-package-part"
    )
    assert recognise(head % b'<section epub:type="chapter"><p>One</p></section>', "c1.xhtml") == "text/html"


@pytest.mark.parametrize(
    "name", ["Content-Type", "Content-Transfer-Encoding", "Content-ID", "Content-Location"]
)
def test_a_header_of_bytes_that_are_no_ascii_costs_nothing_but_itself(name: str) -> None:
    told = b"MIME-Version: 1.0\nSubject: x\nContent-Type: multipart/related; boundary=b\n\n"
    data = told + b"--b\n" + name.encode() + b": text/html \xff\xfe\n\n<p>Words of it.</p>\n--b--\n"
    for kind in (Mail, SavedPage):
        container = kind(io.BytesIO(data), "x")
        assert [member for span in container.spans() for member in container.members(span)]  # type: ignore[arg-type]


def test_a_message_of_apple_mail_is_read_without_its_properties(archive: Path, catalog_path: Path) -> None:
    headers = b"Subject: Ferries\nFrom: jo@avel.example\nMIME-Version: 1.0\nContent-Type: text/plain\n"
    message = headers + b"\nThe ferry stays in port.\n"
    data = b"%d   \n%b<?xml version='1.0'?><plist><dict><key>flags</key></dict></plist>\n" % (
        len(message),
        message,
    )
    (archive / "5.emlx").write_bytes(data)
    scan_archive(catalog_path, archive)
    assert rows(catalog_path, "SELECT headline, body FROM articles") == [
        ("Ferries", "The ferry stays in port.")
    ]
