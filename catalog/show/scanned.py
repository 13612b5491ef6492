"""The summary at the end of a scan: what was found, and which command to run next."""

from catalog.scan.scan import ScanResult
from catalog.show.summary import Summary, credits_in_use, left_out_text, passed_lines, summarise
from catalog.show.words import captions_text, count_noun, size_text
from catalog.store.catalogue import Catalogue


def describe_scan(catalogue: Catalogue, result: ScanResult) -> str:
    """Return a few lines for the person who ran the scan."""
    summary = summarise(catalogue)
    unchanged = result.listed - result.read
    lines = [
        f"{'Stopped after reading' if result.status == 'interrupted' else 'Read'}"
        f" {count_noun(result.read, 'record')} in {_duration(result.seconds)}"
        + (f"; {unchanged:,} unchanged" if unchanged > 0 and result.status == "complete" else "")
        + (f"; {result.vanished:,} vanished" if result.vanished else "")
        + (f"; {count_noun(result.links_skipped, 'link')} not followed" if result.links_skipped else "")
        + ".",
        f"The catalogue holds {count_noun(summary.articles, 'article')},"
        f" {count_noun(summary.images, 'picture')}, {captions_text(summary.captions, summary.metadata_captions)}.",
        *passed_lines(summary),
    ]
    if result.status == "interrupted":
        lines.append("What was read is kept. Run the same command again to continue.")
        return "\n".join(lines)
    if not summary.articles and not summary.images:
        lines += [
            "No article and no picture was found: name the folder, the file or the address that holds them."
        ]
        if result.problems:
            lines += ["", "Next:", *_next(catalogue, summary, result)[:1]]
        return "\n".join(lines)
    lines += _findings(summary)
    lines += ["", "Next:", *_next(catalogue, summary, result)]
    return "\n".join(lines)


def _findings(summary: Summary) -> list[str]:
    repeats = sum(summary.caption_repeats.values())
    groups = sum(summary.image_groups.values())
    lines = [
        f"  {count_noun(repeats, 'repeat')} among captions" + _kinds(summary.caption_repeats),
        *([f"    of these {said}"] if (said := left_out_text(summary)) else []),
        f"  {count_noun(groups, 'group')} of duplicate pictures" + _kinds(summary.image_groups),
    ]
    if summary.reclaimable_bytes:
        lines.append(f"  {size_text(summary.reclaimable_bytes)} in exact copies of pictures")
    if summary.conflicts:
        lines.append(f"  {count_noun(summary.conflicts, 'picture')} with captions that disagree")
    if summary.orphan_captions:
        lines.append(f"  {count_noun(summary.orphan_captions, 'caption')} without the picture")
    return lines


def _kinds(counts: dict[str, int]) -> str:
    said = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)
    return f": {said}" if said else ""


def _next(catalogue: Catalogue, summary: Summary, result: ScanResult) -> list[str]:
    path = str(catalogue.path)
    option = "" if path == "catalog.db" else f" -c {path}"
    commands = []
    if result.problems:
        commands.append((f"cutline report problems{option}", f"what could not be read ({result.problems:,})"))
    if any(summary.caption_repeats.values()):
        commands.append((f"cutline report captions{option}", "the captions that repeat"))
    if any(summary.image_groups.values()):
        commands.append((f"cutline report images{option}", "the pictures that repeat"))
    if summary.conflicts:
        commands.append((f"cutline report conflicts{option}", "captions that disagree"))
    if used := credits_in_use(summary):
        commands.append((f"cutline report credits{option}", f"credits learned from the archive ({used:,})"))
    commands.append((f"cutline report{option}", "all counts"))
    width = max(len(command) for command, _ in commands)
    return [f"  {command:<{width}}  {why}" for command, why in commands]


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
