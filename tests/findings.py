"""The sample archive in a catalogue, with the findings that it plants.

Where a stage of matching has found something it is left as it is; what no stage has filled in is put in by hand, so
that pages are tested on real pictures and captions whatever the stages find.
"""

import json
import sqlite3
from pathlib import Path

UPLOADS = "www.example-herald.example/wp-content/uploads"
SMOKE = f"{UPLOADS}/2024/02/port-avel-smoke.jpg"
RIDGE = f"{UPLOADS}/2024/03/tessen-ridge.jpg"
WHOLE = [0, 0, 1, 1]

_GROUPS = (
    (
        "near",
        "wire/2024-02-27/photos/NW240227-0118.jpg",
        (
            (SMOKE, "same-pixels", 0, {}),
            (f"{UPLOADS}/2024/02/port-avel-smoke-768x512.jpg", "near", 0, {"scale": 0.5}),
            ("www.courrier-avel.example/images/2024/incendie-port-avel.jpg", "near", 2, {"mirrored": True}),
            (
                "www.marrick-observer.example/photos/refinery-smoke.jpg",
                "near",
                4,
                {"left_box": [0.03, 0.02, 0.975, 0.98]},
            ),
        ),
    ),
    (
        "part",
        RIDGE,
        (
            (
                "www.brennicker-tagblatt.example/media/tessen-grat.jpg",
                "part",
                22,
                {"left_box": [0.18, 0.22, 0.86, 0.88], "scale": 0.9},
            ),
        ),
    ),
    (
        "same-bytes",
        f"{UPLOADS}/2024/03/lantern-walk.jpg",
        (("wire/2024-03-09/photos/NW240309-0042.jpg", "same-bytes", 0, {}),),
    ),
)

_REPEATS = (
    ("reused", "Columns of smoke rise over%", "Columns of smoke rise over%", ""),
    (
        "extended",
        "Thousands carry paper lanterns%2024.",
        "Thousands carry paper lanterns%",
        "one sentence more",
    ),
    (
        "echoed",
        "Thousands carry paper lanterns%2020.",
        "Thousands carry paper lanterns%2020.",
        "in its own body",
    ),
    ("changed-fact", "The Tessen ridge seen%", "Der Tessengrat%", "date: 2024-03-05, 2023-03-05"),
)


def plant_findings(catalogue: Path) -> None:
    """Fill what the stages of matching left empty."""
    with sqlite3.connect(catalogue) as connection:
        for table, plant in (
            ("image_groups", _plant_groups),
            ("caption_repeats", _plant_repeats),
            ("caption_conflict_sets", _plant_conflicts),
        ):
            if connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0:
                plant(connection)
    connection.close()


def _record(connection: sqlite3.Connection, locator: str) -> tuple[int, str, int]:
    row: tuple[int, str, int] = connection.execute(
        "SELECT id, sha256, byte_size FROM records WHERE locator = ?", (locator,)
    ).fetchone()
    return row


def _plant_groups(connection: sqlite3.Connection) -> None:
    for kind, keeper, members in _GROUPS:
        kept_id, kept, _ = _record(connection, keeper)
        widest = max(bits for _, _, bits, _ in members)
        freed = sum(_record(connection, name)[2] for name, found, *_ in members if found.startswith("same"))
        group = connection.execute(
            "INSERT INTO image_groups (kind, size, widest_distance_bits, reclaimable_bytes) VALUES (?, ?, ?, ?)",
            (kind, len(members) + 1, widest, freed),
        ).lastrowid
        rows = [(group, kept_id, kept, 1, "the largest; it alone has an embedded caption")]
        for locator, found, bits, transform in members:
            record_id, sha256, _ = _record(connection, locator)
            rows.append((group, record_id, sha256, 0, f"{found}: the keeper is larger"))
            if sha256 == kept:
                continue
            frame = {
                "mirrored": False,
                "rotated_degrees": 0,
                "scale": 1,
                "left_box": WHOLE,
                "right_box": WHOLE,
            }
            frame |= transform
            if kept > sha256:
                frame["left_box"], frame["right_box"] = frame["right_box"], frame["left_box"]
            connection.execute(
                "INSERT OR IGNORE INTO image_matches VALUES (?, ?, ?, ?, ?, ?, 1)",
                (*sorted((kept, sha256)), found, bits, 0.97, json.dumps(frame)),
            )
        connection.executemany("INSERT INTO image_group_members VALUES (?, ?, ?, ?, ?)", rows)


def _plant_repeats(connection: sqlite3.Connection) -> None:
    for kind, first, pattern, difference in _REPEATS:
        caption = connection.execute(
            "SELECT id FROM captions WHERE text LIKE ? ORDER BY id LIMIT 1", (first,)
        )
        placements = connection.execute(
            "SELECT p.id, p.caption_id, p.article_id FROM placements p JOIN captions c ON c.id = p.caption_id"
            " WHERE c.text LIKE ? OR c.text LIKE ? ORDER BY p.id",
            (first, pattern),
        ).fetchall()
        caption_id = caption.fetchone()[0]
        repeat = connection.execute(
            "INSERT INTO caption_repeats (kind, size, articles, caption_id) VALUES (?, ?, ?, ?)",
            (kind, len(placements), len({each[2] for each in placements}), caption_id),
        ).lastrowid
        connection.executemany(
            "INSERT INTO caption_repeat_members (repeat_id, placement_id, similarity, difference) VALUES (?, ?, ?, ?)",
            [
                (
                    repeat,
                    each[0],
                    1.0 if each[1] == caption_id else 0.8,
                    "" if each[1] == caption_id else difference,
                )
                for each in placements
            ],
        )


def _plant_conflicts(connection: sqlite3.Connection) -> None:
    for grade, pictures in (
        ("fact", ("%Columns of smoke rise over%", "%refinery at Marrick%")),
        ("fact", ("%Tessen ridge seen%", "%Der Tessengrat%")),
        ("credit", ("%Columns of smoke rise over%",)),
    ):
        placements = [
            row
            for pattern in pictures
            for row in connection.execute(
                "SELECT p.id, p.image_sha256 FROM placements p JOIN captions c ON c.id = p.caption_id"
                " WHERE c.text LIKE ? AND p.image_sha256 IS NOT NULL ORDER BY p.id",
                (pattern,),
            )
        ]
        conflict = connection.execute(
            "INSERT INTO caption_conflict_sets (grade, size, image_sha256) VALUES (?, ?, ?)",
            (grade, len(placements), placements[0][1]),
        ).lastrowid
        connection.executemany(
            "INSERT INTO caption_conflict_members VALUES (?, ?, ?)",
            [(conflict, each[0], "date, place" if number else "") for number, each in enumerate(placements)],
        )
