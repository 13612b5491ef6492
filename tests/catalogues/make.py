"""Keeps a small catalogue of this version as SQL, so that later versions are tested on it.

    python tests/catalogues/make.py

writes ``tests/catalogues/LAST-MIGRATION-DIGEST.sql``, where there is none of this schema yet. To keep one of another
commit, run this file with that commit's tree as ``PYTHONPATH``.
"""

import hashlib
import io
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
ARCHIVE = "file:///ARCHIVE"
"""Stands in a kept catalogue for where its archive was."""

_PAGE = """<html><head><title>{title}</title></head><body><article><h1>{title}</h1>
<p>The boats came back late on {day}, with little to show for a night at sea and less for the week.</p>
<figure><img src="{src}"><figcaption>{caption}</figcaption></figure>
<p>Prices at the quay rose by a third before noon, said the harbour master, who has kept count since 1998.</p>
</article></body></html>"""


def make_archive(folder: Path) -> None:
    """Pages and pictures with one finding of every kind: small, and the same each time."""
    folder.mkdir()
    boats, pier = _make_picture(1), _make_picture(2)
    (folder / "boats.jpg").write_bytes(_encode(boats, "JPEG", quality=92))
    (folder / "copy.jpg").write_bytes(_encode(boats, "JPEG", quality=92))
    (folder / "small.jpg").write_bytes(_encode(boats.resize((96, 72)), "JPEG", quality=80))
    (folder / "pier.png").write_bytes(_encode(pier, "PNG"))
    harbour = "Boats come home to the harbour of Skagen on Monday morning. (Photo: Anna Holm)"
    pages = {
        "one.html": ("Late boats", "Monday", "boats.jpg", harbour),
        "two.html": ("Boats again", "Tuesday", "copy.jpg", harbour),
        "three.html": ("A pier", "Friday", "pier.png", "The old pier at low water, seen from the lighthouse"),
        "four.html": ("No picture", "Sunday", "gone.jpg", "A picture that nobody kept of the storm of 1987"),
    }
    for name, (title, day, src, caption) in pages.items():
        (folder / name).write_text(_PAGE.format(title=title, day=day, src=src, caption=caption), "utf-8")
    (folder / "cut.jpg").write_bytes(_encode(pier, "JPEG", quality=92)[:900])


def _make_picture(seed: int) -> Image.Image:
    """Coarse blocks, smoothed: something to see at every size, in few bytes."""
    values = bytes(hashlib.shake_128(bytes([seed])).digest(8 * 6 * 3))
    return Image.frombytes("RGB", (8, 6), values).resize((160, 120), Image.Resampling.BICUBIC)


def _encode(picture: Image.Image, format_name: str, **options: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, format_name, **options)
    return out.getvalue()


def dump(connection: sqlite3.Connection) -> Iterator[str]:
    """A catalogue as statements: its own words of what it has, and its rows.

    Full-text indexes are filled from the tables that they are of; ``iterdump`` would write their inner tables, too.
    """
    inner = {row[0] for row in connection.execute("SELECT name FROM pragma_table_list WHERE type = 'shadow'")}
    objects = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
    ).fetchall()
    tables = [each for each in objects if each[0] == "table" and each[1] not in inner]
    yield f"PRAGMA application_id = {connection.execute('PRAGMA application_id').fetchone()[0]};"
    for _, name, sql in tables:
        yield f"{sql};"
        if sql.startswith("CREATE VIRTUAL"):
            yield f"INSERT INTO {name} ({name}) VALUES ('rebuild');"
        else:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            quoted = " || ', ' || ".join(f'quote("{column}")' for column in columns)
            for (values,) in connection.execute(f"SELECT {quoted} FROM {name}"):
                yield f"INSERT INTO {name} VALUES ({values});"
    for kind, _, sql in objects:
        if kind != "table":
            yield f"{sql};"


def digest_schema(connection: sqlite3.Connection) -> str:
    """Tells one schema from another; views are always made anew, and how lines are broken makes no difference."""
    words = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'view' ORDER BY name"
    ).fetchall()
    text = "\n".join(f"{name} {' '.join(sql.split())}" for name, sql in words)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        archive, path = Path(place) / "archive", Path(place) / "catalog.db"
        make_archive(archive)
        subprocess.run(
            [sys.executable, "-m", "catalog", "scan", str(archive), "-c", str(path), "--jobs", "0"],
            check=False,
        )
        connection = sqlite3.connect(path)
        last = connection.execute("SELECT max(name) FROM _sqlite_migrations").fetchone()[0]
        kept = HERE / f"{last}-{digest_schema(connection)}.sql"
        if kept.exists():
            print(f"There is one of this schema: {kept.name}.")
        else:
            text = "\n".join(dump(connection)).replace(archive.as_uri(), ARCHIVE)
            kept.write_text(f"{text}\n", "utf-8")
            print(f"Kept {kept.name}, {kept.stat().st_size:,} bytes.")
        connection.close()


if __name__ == "__main__":
    main()
