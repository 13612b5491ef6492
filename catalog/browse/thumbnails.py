"""The small pictures that the catalogue holds itself."""

import sqlite3

from catalog.browse.page import NotFound, Visit
from catalog.browse.reply import FILE_POLICY, FOREVER, Reply
from media.pictures.image import thumbnail_type


async def show_thumbnail(visit: Visit) -> Reply:
    sha256 = visit.part("sha256")

    def load(connection: sqlite3.Connection) -> bytes | None:
        row = connection.execute("SELECT webp FROM thumbnails WHERE image_sha256 = ?", (sha256,)).fetchone()
        return row[0] if row else None

    thumbnail = await visit.load(load)
    if thumbnail is None:
        raise NotFound("The catalogue holds no thumbnail of that picture.")
    return Reply(
        thumbnail,
        content_type=thumbnail_type(thumbnail),
        headers={"cache-control": FOREVER, "content-security-policy": FILE_POLICY},
    )
