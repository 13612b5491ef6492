"""The summary at the end of a merge: what came from each catalogue, and what the merged one holds."""

from collections.abc import Iterator
from pathlib import Path

from catalog.merge.choices import OverruledChoice
from catalog.merge.merge import Merged, MergeResult
from catalog.merge.verdicts import Overruled
from catalog.show.summary import passed_lines, summarise
from catalog.show.words import count_noun, shorten
from catalog.store.catalogue import Catalogue
from media.locator import printable

_MOST_OVERRULED = 20


def describe_merge(out: Path, result: MergeResult) -> str:
    """Return a few lines for the person who ran the merge."""
    lines = [_came(each) for each in result.merged]
    if result.interrupted:
        lines.append("Stopped. What was merged so far is kept. Run the same command again to continue.")
        return "\n".join(lines)
    with Catalogue.read(out) as catalogue:
        summary = summarise(catalogue)
    lines += [
        f"{out} holds {count_noun(summary.articles, 'article')}, {count_noun(summary.images, 'picture')},"
        f" {count_noun(summary.captions, 'caption')} of {count_noun(summary.sources, 'source')}:"
        f" {count_noun(sum(summary.caption_repeats.values()), 'repeat')} among captions,"
        f" {count_noun(sum(summary.image_groups.values()), 'group')} of duplicate pictures.",
        *passed_lines(summary),
    ]
    return "\n".join(lines)


def _came(merged: Merged) -> str:
    kinds = (
        (merged.sources, "source"),
        (merged.records, "record"),
        (merged.pictures, "picture"),
        (merged.captions, "caption"),
        (merged.decisions, "decision"),
        (merged.choices, "caption choice"),
    )
    came = ", ".join(count_noun(each.new, noun) for each, noun in kinds if each.new) or "nothing new"
    there = ", ".join(count_noun(each.all - each.new, noun) for each, noun in kinds if each.all > each.new)
    return f"{printable(str(merged.path))}: {came}" + (f"; there already: {there}" if there else "") + "."


def describe_overruled(result: MergeResult) -> Iterator[str]:
    """Yield a line for each decision or chosen caption that a later one overrules."""
    found = [each for merged in result.merged for each in merged.overruled]
    for each in found[:_MOST_OVERRULED]:
        yield _overruled_choice(each) if isinstance(each, OverruledChoice) else _overruled(each)
    if len(found) > _MOST_OVERRULED:
        yield (
            f"... and {len(found) - _MOST_OVERRULED:,} more overruled: see the table overruled_decisions,"
            " and `cutline captions history`."
        )


def _overruled(each: Overruled) -> str:
    return (
        f"{shorten(each.left, 70)} | {shorten(each.right, 70)}: {each.standing} ({each.standing_since}) stands,"
        f" {each.verdict} ({each.decided_at}) is noted in overruled_decisions."
    )


def _overruled_choice(each: OverruledChoice) -> str:
    copies = f" and {count_noun(each.pictures - 1, 'more picture')}" if each.pictures > 1 else ""
    return (
        f"{printable(each.locator)}{copies}: the caption “{shorten(each.standing, 70)}” ({each.standing_since}) stands,"
        f" “{shorten(each.text, 70)}” ({each.chosen_at}) is kept in `cutline captions history`."
    )
