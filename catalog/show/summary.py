"""The summary: what the catalogue holds, what repeats in it, and what was not read."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from textwrap import fill, wrap

from catalog.findings.kinds import CAPTION_KINDS, IMAGE_KINDS, Kinds
from catalog.show.words import WAITING, captions_text, count_noun, say_waiting, size_text
from catalog.store.catalogue import Catalogue
from catalog.store.counting import Passed, count_all, count_quick
from media.locator import printable


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of the catalogue without records that are missing from the archive; see :mod:`catalog.store.counting`."""

    sources: int
    records: int
    missing_records: int
    articles: int
    images: int
    """Records that hold a picture."""
    distinct_images: int
    """Pictures, each once."""
    captions: int
    """Captions that readers of the pages see; a caption counts each time it is shown."""
    metadata_captions: int
    """Captions in the metadata of pictures: in their files, and in sidecars beside them."""
    caption_repeats: dict[str, int]
    repeat_scopes: dict[str, int]
    """Repeats by scope: under another story, captured again, in the copies of one picture."""
    image_groups: dict[str, int]
    waiting_images: int
    """Pictures with fingerprints of an older version, compared only by their bytes until the next scan."""
    scenes: int
    """Scenes with so many pictures that each was compared only with the few most similar."""
    scene_pictures: int
    reclaimable_bytes: int
    """Bytes of exact copies beyond the first of each picture; hardlinks count as 0."""
    conflicts: int
    corrections: int
    """Captions that a page changed between two captures."""
    learned_credits: dict[str, int]
    """Names that captions end in as credits, by state: learned, decided, turned off."""
    furniture: dict[str, int]
    """Page furniture: pictures, each once, and captions that do not describe their picture."""
    orphan_captions: int
    uncaptioned_images: int
    missing_images: int
    problems: int
    unread: tuple[Passed, ...]
    """Return the files in formats that are not read, by type."""
    empty: tuple[Passed, ...]
    """The files that were read and held nothing, by type."""
    support: tuple[Passed, ...]
    """The files that hold neither articles nor pictures, by type; they are not problems."""
    last_scan: dict[str, object] | None

    def as_row(self) -> dict[str, object]:
        return asdict(self)


def summarise(catalogue: Catalogue) -> Summary:
    """Count what the catalogue holds."""
    quick, full = count_quick(catalogue.db.conn), count_all(catalogue.db.conn)
    scan = next(
        catalogue.rows(
            "SELECT id, started_at, finished_at, status, version, records, problems, seconds FROM scans"
            " ORDER BY id DESC LIMIT 1"
        ),
        None,
    )
    return Summary(
        sources=quick.sources,
        records=full.records,
        missing_records=full.missing_records,
        articles=quick.articles,
        images=full.picture_files,
        distinct_images=full.pictures,
        captions=full.captions,
        metadata_captions=full.metadata_captions,
        caption_repeats=quick.caption_repeats,
        repeat_scopes=quick.repeat_scopes,
        image_groups=quick.image_groups,
        waiting_images=full.waiting_pictures,
        scenes=full.scenes,
        scene_pictures=full.scene_pictures,
        reclaimable_bytes=full.exact_copy_bytes,
        conflicts=sum(quick.conflicts.values()),
        corrections=sum(quick.corrections.values()),
        learned_credits=quick.credits,
        furniture=quick.furniture,
        orphan_captions=full.orphan_captions,
        uncaptioned_images=full.uncaptioned_images,
        missing_images=full.missing_images,
        problems=quick.problems,
        unread=quick.unread,
        empty=quick.empty,
        support=full.support,
        last_scan=dict(scan) if scan else None,
    )


def summary_lines(summary: Summary) -> list[tuple[str, str]]:
    """Return the summary as pairs of a label and a count; an empty pair separates sections."""
    missing = f" ({summary.missing_records:,} more vanished)" if summary.missing_records else ""
    lines = [
        ("Sources", f"{summary.sources:,}"),
        ("Records", f"{summary.records:,}{missing}"),
        ("Articles", f"{summary.articles:,}"),
        ("Pictures", pictures_text(summary.images, summary.distinct_images)),
        ("Captions on pages", f"{summary.captions:,}"),
        ("Captions in metadata", f"{summary.metadata_captions:,}"),
        ("", ""),
    ]
    captions = [(kind, count) for kind, count in summary.caption_repeats.items() if count]
    lines += [(f"Captions {kind}", count_noun(count, "repeat")) for kind, count in captions] or [
        ("Captions repeated", "none")
    ]
    if left_out := left_out_text(summary):
        lines.append(("Of these", left_out))
    lines += [("Captions in conflict", count_noun(summary.conflicts, "picture"))] if summary.conflicts else []
    if summary.corrections:
        lines.append(("Captions changed later", f"{summary.corrections:,}"))
    if used := credits_in_use(summary):
        lines.append(("Credits learned", count_noun(used, "name")))
    lines.append(("", ""))
    groups = [(kind, count) for kind, count in summary.image_groups.items() if count]
    lines += [(f"Pictures {kind}", count_noun(count, "group")) for kind, count in groups] or [
        ("Pictures repeated", "none")
    ]
    if summary.waiting_images:
        lines.append(("Pictures waiting for a scan", f"{summary.waiting_images:,}, {WAITING}"))
    if summary.scenes:
        said = f"{summary.scene_pictures:,} of {count_noun(summary.scenes, 'scene')}"
        lines.append(("Pictures of one scene", f"{said}, each compared with its likeliest few"))
    lines += [
        ("Bytes in exact copies", size_text(summary.reclaimable_bytes)),
        *([("Page furniture", furniture)] if (furniture := furniture_text(summary.furniture)) else []),
        ("", ""),
        ("Captions without picture", f"{summary.orphan_captions:,}"),
        ("Pictures without caption", f"{summary.uncaptioned_images:,}"),
        ("Pictures missing", f"{summary.missing_images:,}"),
        ("Problems", f"{summary.problems:,}"),
    ]
    passed = [
        (what, list_passed(each))
        for what, each in (
            ("Not read", summary.unread),
            ("Nothing found in", summary.empty),
            ("Left aside", summary.support),
        )
        if each
    ]
    return [*lines, ("", ""), *passed] if passed else lines


_MAIL_WIDTH = 76
"""Quoted once or twice, a line still fits into 80 columns."""


def mail_lines(summary: Summary, name: str) -> list[str]:
    """Return the summary in plain lines for a mail: nothing that needs cutline to be understood."""
    scan = summary.last_scan
    when = (
        f", last scanned {str(scan['started_at'])[:10]} ({scan['status']}) by cutline {scan['version']}"
        if scan
        else ""
    )
    repeats, groups = sum(summary.caption_repeats.values()), sum(summary.image_groups.values())
    different = (
        f" ({summary.distinct_images:,} different)" if summary.distinct_images != summary.images else ""
    )
    found = [
        f"It holds {count_noun(summary.articles, 'article')}, {count_noun(summary.images, 'picture')}"
        f"{different} and {captions_text(summary.captions, summary.metadata_captions)},"
        f" from {count_noun(summary.sources, 'source')}."
    ]
    sections = [
        (f"{count_noun(repeats, 'repeat')} among captions", _kinds(CAPTION_KINDS, summary.caption_repeats)),
        (f"{count_noun(groups, 'group')} of pictures that repeat", _kinds(IMAGE_KINDS, summary.image_groups)),
        ("To look at", [said for said, _ in to_look_at(summary)]),
        ("Not read", [f"{each.count:,} {each.name}" for each in summary.unread]),
    ]
    if summary.reclaimable_bytes:
        sections[1][1].append(f"{size_text(summary.reclaimable_bytes)} in exact copies")
    lines = [*_wrapped(f"{printable(name)}{when}", ""), "", *_wrapped(found[0], "")]
    for heading, said in sections:
        if said:
            lines += ["", heading, *(line for each in said for line in _wrapped(each, "  "))]
    return lines


def _wrapped(text: str, indent: str) -> list[str]:
    return wrap(
        text, _MAIL_WIDTH, initial_indent=indent, subsequent_indent=indent + "  " if indent else "",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _kinds(kinds: Kinds, counts: Mapping[str, int]) -> list[str]:
    return [
        f"{counts[kind.name]:,} {kind.label.lower()}: {kind.help}" for kind in kinds if counts.get(kind.name)
    ]


def left_out_text(summary: Summary) -> str:
    """Return the repeats that reports only count, in words: ``189 in the copies of one picture``; "" for none."""
    counts = [(summary.repeat_scopes[scope], where) for scope, where in _LEFT_OUT.items()]
    return ", ".join(f"{count:,} {where}" for count, where in counts if count)


_LEFT_OUT = {
    "syndicated": "in the same story at another publisher",
    "variant": "on another form of the page",
    "recapture": "in a later capture of the page",
    "one-picture": "in the copies of one picture",
}


def credits_in_use(summary: Summary) -> int:
    """Return the number of names that are separated from captions; those that a person turned off are not."""
    return sum(count for state, count in summary.learned_credits.items() if state != "off")


def to_look_at(summary: Summary) -> list[tuple[str, str]]:
    """Return what a person should look at, and the report that lists it, the gravest first."""
    changed = summary.caption_repeats.get("changed-fact", 0)
    counts = (
        (summary.conflicts, "picture", "pictures", "with captions that disagree", "conflicts"),
        (changed, "pair", "pairs", "of captions that differ in a date, a number or a name", "captions"),
        (summary.corrections, "caption", "captions", "that pages changed later", "corrections"),
        (summary.orphan_captions, "caption", "captions", "without the picture", "orphans"),
        (summary.uncaptioned_images, "picture", "pictures", "without a caption", "orphans"),
        (summary.missing_images, "picture", "pictures", "that pages show and the archive lacks", "orphans"),
        (summary.problems, "problem", "problems", "while reading", "problems"),
    )
    return [
        (f"{count_noun(count, one, many)} {said}", name) for count, one, many, said, name in counts if count
    ]


def summary_counts(summary: Summary) -> list[tuple[str, int]]:
    """Return the summary as pairs of a label and a count, for programs: whole numbers, sizes in bytes, a pair for each
    kind.
    """
    return [
        ("Sources", summary.sources),
        ("Records", summary.records),
        ("Records vanished", summary.missing_records),
        ("Articles", summary.articles),
        ("Pictures", summary.images),
        ("Pictures, each once", summary.distinct_images),
        ("Captions on pages", summary.captions),
        ("Captions in metadata", summary.metadata_captions),
        *((f"Captions {kind}", count) for kind, count in summary.caption_repeats.items()),
        *((f"Repeats {scope}", count) for scope, count in summary.repeat_scopes.items()),
        ("Captions in conflict", summary.conflicts),
        ("Captions changed later", summary.corrections),
        *((f"Credits {state}", count) for state, count in summary.learned_credits.items()),
        *((f"Pictures {kind}", count) for kind, count in summary.image_groups.items()),
        ("Pictures waiting for a scan", summary.waiting_images),
        ("Scenes of many pictures", summary.scenes),
        ("Pictures in them", summary.scene_pictures),
        ("Bytes in exact copies", summary.reclaimable_bytes),
        *((f"Furniture: {kind}", count) for kind, count in summary.furniture.items()),
        ("Captions without picture", summary.orphan_captions),
        ("Pictures without caption", summary.uncaptioned_images),
        ("Pictures missing", summary.missing_images),
        ("Problems", summary.problems),
        *((f"Not read: {each.media_type}", each.count) for each in summary.unread),
        *((f"Nothing found in: {each.media_type}", each.count) for each in summary.empty),
        *((f"Left aside: {each.media_type}", each.count) for each in summary.support),
    ]


def pictures_text(files: int, pictures: int) -> str:
    """Return ``2,220 (1,800 different)``."""
    return f"{files:,}" + (f" ({pictures:,} different)" if pictures != files else "")


def furniture_text(counts: Mapping[str, int]) -> str:
    """Return ``20 pictures, 2 captions``; "" for none."""
    pictures = sum(count for kind, count in counts.items() if kind != "caption")
    said = [count_noun(pictures, "picture")] if pictures else []
    return ", ".join(said + ([count_noun(counts["caption"], "caption")] if counts["caption"] else []))


def list_passed(passed: Iterable[Passed]) -> str:
    """Return ``12 HEIC pictures, 3 PDF documents``."""
    return ", ".join(f"{each.count:,} {each.name}" for each in passed)


def passed_lines(summary: Summary) -> list[str]:
    """Return lines that list, by type, the files that the catalogue does not hold."""
    lines = [say_waiting(summary.waiting_images)] if summary.waiting_images else []
    if summary.unread:
        lines.append(f"{list_passed(summary.unread)}: not read.")
    if summary.empty:
        lines.append(f"Nothing was found in {list_passed(summary.empty)}.")
    if summary.support:
        lines.append(f"Left aside, neither articles nor pictures: {list_passed(summary.support)}.")
    return [fill(line, 100, subsequent_indent="  ", break_long_words=False) for line in lines]
