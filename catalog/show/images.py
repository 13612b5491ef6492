"""Duplicate pictures: a card for each group, the keeper first, with the pages that show the picture or a copy of it."""

from collections.abc import Sequence
from dataclasses import asdict

from catalog.findings.kinds import IMAGE_KINDS
from catalog.show.report import Card, Member, Report, Row
from catalog.show.usage import usage_lines
from catalog.show.words import count_noun, place_text, size_text
from catalog.store.catalogue import Catalogue
from catalog.store.usage import read_usage


def _card(rows: Sequence[Row]) -> Card:
    folded = [row for row in rows if _is_folded(row)]
    members = [image_member(row) for row in rows if not _is_folded(row)]
    if folded:
        members.append(Member(_folded_text(folded), is_text=True))
    heading = f"{IMAGE_KINDS.headings[str(rows[0]['kind'])]} · {count_noun(len(rows), 'picture')}"
    return Card(heading, "\n".join(usage_lines(_usage(rows[0]))), tuple(members))


def image_member(row: Row) -> Member:
    """Return a line of a group's card: the place of one of its pictures, and the remarks on it."""
    said = [f"{row['width_px']}x{row['height_px']}", size_text(int(str(row["byte_size"] or 0)))]
    if row["distance_bits"] and row["aligned_similarity"] is not None:
        said.append(f"{float(str(row['aligned_similarity'])):.0%} alike")
    plain = row["form"] in ("original", "derivative")
    said.append(str(row["reason"]) if plain else f"{row['form']}: {row['reason']}")
    return Member(place_text(row), ", ".join(said), marked=bool(row["keeper"]))


def _is_folded(row: Row) -> bool:
    """Return whether a capture only repeats a picture of the page, in the same size or another."""
    return bool(row["captured_at"]) and not row["keeper"] and row["form"] in ("original", "derivative")


def _folded_text(rows: Sequence[Row]) -> str:
    again = sum(row["form"] == "original" for row in rows)
    sizes = sorted(
        (int(str(row["width_px"])), int(str(row["height_px"]))) for row in rows if row["form"] != "original"
    )
    said = [f"captured again {count_noun(again, 'time')}"] if again else []
    if sizes:
        least, most = ("x".join(map(str, each)) for each in (sizes[0], sizes[-1]))
        span = f" of {least}" + (f" to {most}" if most != least else "")
        said.append(f"in {count_noun(len(sizes), 'capture')} of it{span}")
    return f"and {', and '.join(said)}"


FURNITURE_FOLDED = (
    "{} more are page furniture: logos, icons, portraits of authors, adverts (cutline report furniture)"
)


def _usage(row: Row) -> dict[str, object]:
    """Return the values of :func:`_tell` under the names of :class:`catalog.store.usage.Usage`."""
    return {name.removeprefix("shown_"): row[name] for name in _TOLD}


def _tell(catalogue: Catalogue, rows: Sequence[Row]) -> dict[str, object]:
    group = rows[0]["group_id"]
    members = catalogue.rows(
        "SELECT DISTINCT image_sha256 FROM image_group_members WHERE group_id = ?", (group,)
    )
    usage = read_usage(catalogue.db.conn, [row["image_sha256"] for row in members])
    captions = [asdict(use) for use in usage.captions]
    values = (
        usage.showings,
        usage.pages,
        usage.stories,
        usage.publishers,
        usage.first_shown_at,
        usage.last_shown_at,
    )
    return dict(zip(_TOLD, (*values, captions), strict=True))


_TOLD = (
    "showings",
    "shown_pages",
    "shown_stories",
    "shown_publishers",
    "first_shown_at",
    "last_shown_at",
    "shown_captions",
)


IMAGES = Report(
    name="images",
    title="Duplicate pictures",
    none="No picture repeats.",
    rows="SELECT *, iif(furniture IS NULL, NULL, 'furniture') AS fold FROM duplicate_images",
    order=f"furniture IS NOT NULL, {IMAGE_KINDS.order_sql('kind')}, size DESC, group_id,"
    " keeper DESC, locator",
    card=_card,
    group_by="group_id",
    kinds=IMAGE_KINDS.names,
    size_column="byte_size",
    told_names=_TOLD,
    tell=_tell,
    fold_column="fold",
    folded={"furniture": FURNITURE_FOLDED},
)
