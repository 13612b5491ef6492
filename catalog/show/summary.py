"""The summary: what the catalogue holds and what repeats in it."""

from dataclasses import asdict, dataclass

from catalog.show.words import count_noun, size_text
from catalog.store.catalogue import Catalogue

CAPTION_KINDS = ("doubled", "reused", "edited", "extended", "echoed", "changed-fact")
IMAGE_KINDS = ("same-bytes", "same-pixels", "near", "part")


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of what is in the catalogue and not missing from the archive."""

    sources: int
    records: int
    missing_records: int
    articles: int
    images: int
    captions: int
    """Captions that readers of the pages see, every showing counted."""
    caption_repeats: dict[str, int]
    image_groups: dict[str, int]
    reclaimable_bytes: int
    """What pictures with the same bytes occupy beside one of each; hardlinks occupy nothing."""
    conflicts: int
    orphan_captions: int
    uncaptioned_images: int
    missing_images: int
    problems: int
    last_scan: dict[str, object] | None

    def as_row(self) -> dict[str, object]:
        return asdict(self)


def summarise(catalogue: Catalogue) -> Summary:
    """Count what the catalogue holds."""
    value = catalogue.value
    scan = next(
        catalogue.rows(
            "SELECT id, started_at, finished_at, status, version, records, problems, seconds FROM scans"
            " ORDER BY id DESC LIMIT 1"
        ),
        None,
    )
    return Summary(
        sources=value("SELECT count(*) FROM sources"),
        records=value("SELECT count(*) FROM records WHERE missing_since IS NULL"),
        missing_records=value("SELECT count(*) FROM records WHERE missing_since IS NOT NULL"),
        articles=value(
            "SELECT count(*) FROM articles a JOIN records r ON r.id = a.record_id WHERE r.missing_since IS NULL"
        ),
        images=value(
            "SELECT count(*) FROM records r JOIN images i ON i.sha256 = r.sha256 WHERE r.missing_since IS NULL"
        ),
        captions=value("SELECT count(*) FROM page_captions"),
        caption_repeats=_by_kind(catalogue, "caption_repeats", CAPTION_KINDS),
        image_groups=_by_kind(catalogue, "image_groups", IMAGE_KINDS),
        reclaimable_bytes=value(
            "SELECT sum((copies - 1) * byte_size) FROM (SELECT max(r.byte_size) AS byte_size,"
            " count(DISTINCT coalesce(r.inode, r.id)) AS copies FROM records r JOIN images i ON i.sha256 = r.sha256"
            " WHERE r.missing_since IS NULL GROUP BY r.sha256 HAVING copies > 1)"
        ),
        conflicts=value("SELECT count(*) FROM caption_conflict_sets"),
        orphan_captions=value("SELECT count(*) FROM orphan_captions"),
        uncaptioned_images=value("SELECT count(*) FROM uncaptioned_images"),
        missing_images=value("SELECT count(*) FROM missing_images"),
        problems=value("SELECT count(*) FROM problems"),
        last_scan=dict(scan) if scan else None,
    )


def _by_kind(catalogue: Catalogue, table: str, kinds: tuple[str, ...]) -> dict[str, int]:
    found = {row[0]: row[1] for row in catalogue.rows(f"SELECT kind, count(*) FROM {table} GROUP BY kind")}
    return {kind: found.get(kind, 0) for kind in kinds}


def summary_lines(summary: Summary) -> list[tuple[str, str]]:
    """The summary as (what, how many) pairs; an empty pair parts its sections."""
    missing = f" ({summary.missing_records:,} more vanished)" if summary.missing_records else ""
    lines = [
        ("Sources", f"{summary.sources:,}"),
        ("Records", f"{summary.records:,}{missing}"),
        ("Articles", f"{summary.articles:,}"),
        ("Pictures", f"{summary.images:,}"),
        ("Captions on pages", f"{summary.captions:,}"),
        ("", ""),
    ]
    captions = [(kind, count) for kind, count in summary.caption_repeats.items() if count]
    lines += [(f"Captions {kind}", count_noun(count, "repeat")) for kind, count in captions] or [
        ("Captions repeated", "none")
    ]
    lines += [("Captions in conflict", count_noun(summary.conflicts, "picture"))] if summary.conflicts else []
    lines.append(("", ""))
    groups = [(kind, count) for kind, count in summary.image_groups.items() if count]
    lines += [(f"Pictures {kind}", count_noun(count, "group")) for kind, count in groups] or [
        ("Pictures repeated", "none")
    ]
    lines += [
        ("Bytes in exact copies", size_text(summary.reclaimable_bytes)),
        ("", ""),
        ("Captions without picture", f"{summary.orphan_captions:,}"),
        ("Pictures without caption", f"{summary.uncaptioned_images:,}"),
        ("Pictures missing", f"{summary.missing_images:,}"),
        ("Problems", f"{summary.problems:,}"),
    ]
    return lines
