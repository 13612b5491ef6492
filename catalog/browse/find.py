"""Find a picture in the archive, by its bytes or by its digest, locator or address."""

import asyncio
import re
import sqlite3
import tempfile
from pathlib import Path
from urllib.parse import unquote

from catalog.browse.datasette_host import declares_more, read_configuration, read_parts
from catalog.browse.page import Visit
from catalog.browse.reply import Reply, reply_redirect, reply_text
from catalog.browse.tokens import is_ours, make_token
from catalog.errors import CatalogError
from catalog.find.find import FoundPicture, find_image
from catalog.store.catalogue import Catalogue

MOST_PICTURE_BYTES = 64 << 20
"""The largest picture that may be uploaded."""
_RUNNING = asyncio.Semaphore(2)
"""Pictures compared at a time; each needs a processor for about a second."""
_RECEIVING = asyncio.Semaphore(4)
"""Pictures that are being uploaded or wait for a processor, each in a file; further ones are refused."""
_PATIENCE_SECONDS = 15


def resolve_picture(connection: sqlite3.Connection, wanted: str) -> str | None:
    """Return the digest of the picture that a digest, locator, address or page of ours names; None if unknown."""
    digest = re.search(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])", wanted.lower())
    for sql, value in (
        ("SELECT sha256 FROM images WHERE sha256 = ?", digest[0] if digest else ""),
        (
            "SELECT r.sha256 FROM records r JOIN images i ON i.sha256 = r.sha256 WHERE r.target_uri = ?",
            wanted,
        ),
        (
            "SELECT r.sha256 FROM sources s CROSS JOIN records r ON r.source_id = s.id AND r.locator = ?"
            " JOIN images i ON i.sha256 = r.sha256",
            unquote(wanted) if "://" not in wanted else "",
        ),
        ("SELECT sha256 FROM images WHERE sha256 >= ?1 AND sha256 < ?1 || 'g'", _digest_start(wanted)),
    ):
        row = connection.execute(f"{sql} LIMIT 1", (value,)).fetchone() if value else None
        if row:
            return str(row[0])
    return None


def _digest_start(wanted: str) -> str:
    return wanted.lower() if re.fullmatch(r"[0-9a-fA-F]{8,63}", wanted) else ""


async def show_similar(visit: Visit) -> Reply:
    uploads = read_configuration(visit.datasette, visit.database.name).uploads and bool(visit.database.path)
    if visit.request.method == "POST":
        return await _look(visit) if uploads else reply_text("This server does not accept pictures.", 403)
    wanted = visit.arguments.get("q", "").strip()[:2000]
    if wanted:
        sha256 = await visit.load(lambda connection: resolve_picture(connection, wanted))
        if sha256:
            return reply_redirect(visit.links.picture(sha256) + "#near")
    return await visit.page(
        "similar.html",
        title="Is this picture here?",
        here="similar",
        wanted=wanted,
        uploads=uploads,
        token=make_token(visit),
    )


async def _look(visit: Visit) -> Reply:
    if not is_ours(visit, visit.request.headers.get("x-cutline-token", "")):
        return reply_text("This did not come from a page of this server. Load the page again.", 403)
    if declares_more(visit.request, MOST_PICTURE_BYTES):
        return _too_large()
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await _RECEIVING.acquire()
    except TimeoutError:
        return reply_text("The server is busy with other pictures. Try again in a minute.", 503)
    try:
        return await _receive(visit)
    finally:
        _RECEIVING.release()


def _too_large() -> Reply:
    return reply_text(f"The picture is larger than {MOST_PICTURE_BYTES >> 20} MiB.", 413)


async def _receive(visit: Visit) -> Reply:
    with tempfile.NamedTemporaryFile(prefix="cutline-") as file:
        async for part in read_parts(visit.request, MOST_PICTURE_BYTES):
            if part is None:
                return _too_large()
            file.write(part)
        file.flush()
        if not file.tell():
            return reply_text("The file is empty.", 400)
        async with _RUNNING:
            try:
                found = await asyncio.to_thread(_find, str(visit.database.path), file.name)
            except CatalogError as error:
                return await visit.page("found.html", 422, title="", here="", found=[], said=str(error))
    return await visit.page("found.html", title="", here="", found=found, said="")


def _find(catalogue_path: str, name: str) -> list[FoundPicture]:
    try:
        with Catalogue.read(catalogue_path) as catalogue:
            return find_image(catalogue, Path(name))
    except CatalogError as error:
        raise type(error)(str(error).replace(f"{name}: ", "")) from error
