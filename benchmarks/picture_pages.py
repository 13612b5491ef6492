"""The tables and plots of docs/ that show how well duplicate pictures are found."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.accuracy_page import share, table, write_block
from benchmarks.held_out.all_edits import EDIT_KINDS, EDITS
from benchmarks.measure import ROOT
from benchmarks.picture_plots import plot_costs, plot_groups, plot_held_out
from benchmarks.picture_scores import EDIT_GROUPS, group_recalls

PLOTS = ROOT / "docs/plots"
TITLES = {
    "cutline": "cutline",
    "cutline --no-parts": "cutline --no-parts",
    "czkawka": "czkawka",
    "czkawka-distances": "czkawka, by its distances",
    "imagededup": "imagededup PHash",
    "difpy": "difPy",
    "findimagedupes": "findimagedupes",
}
"""The tools in the order in which they are shown, as they call themselves."""


COSTLESS = ("czkawka, by its distances",)
"""What no user would run: only what it finds is shown."""


def write_pictures(kept: Mapping[str, Any]) -> None:
    """Tables and plots of the tools, from what :mod:`benchmarks.pictures` keeps."""
    tools = {TITLES[name]: kept["tools"][name] for name in TITLES if name in kept["tools"]}
    write_block("picture-tools", _tools_table(kept, tools))
    write_block("picture-edits", _edits_table(tools))
    plot_groups({name: group_recalls(found["by_edit"]) for name, found in tools.items()}, PLOTS)
    costs = {
        name: (found["of_floor"], found["recall"]) for name, found in tools.items() if name not in COSTLESS
    }
    plot_costs(costs, PLOTS)


def _tools_table(kept: Mapping[str, Any], tools: Mapping[str, Mapping[str, Any]]) -> str:
    head = ("", "version", "CPU / floor", "peak MB", "recall", "wrong pairs", "of photographs", "look-alikes")
    rows = []
    for name, found in tools.items():
        cost = ("-", "-") if name in COSTLESS else (f"{found['of_floor']:.1f}", found["peak_mb"])
        wrong = (found["wrong_pairs"], found["wrong_photographs"], found["look_alike_pairs"])
        rows.append((name, found["version"], *cost, share(found["recall"], 3), *wrong))
    return f"{kept['bases']} photographs edited, {kept['pictures']:,} pictures.\n\n{table(head, rows)}"


def _edits_table(tools: Mapping[str, Mapping[str, Any]]) -> str:
    rows: list[Sequence[object]] = []
    groups = {name: group_recalls(found["by_edit"]) for name, found in tools.items()}
    for group, edits in EDIT_GROUPS.items():
        rows.append((f"**{group}**", *(f"**{share(each[group])}**" for each in groups.values())))
        if len(edits) > 1:
            rows += [(edit, *(share(found["by_edit"][edit]) for found in tools.values())) for edit in edits]
    rows.append(("**all edits**", *(f"**{share(found['recall'])}**" for found in tools.values())))
    return table(("edit", *tools), rows)


def write_held_out(kept: Mapping[str, Any]) -> None:
    """Tables and a plot of the held-out photographs, from what :mod:`benchmarks.held_out` prints."""
    (PLOTS / "held-out.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    write_block("held-out", _held_out_table(kept))
    if "shared_edits" in kept:
        write_block("held-out-shared", _shared_edits_table(kept["shared_edits"]))
    write_block("held-out-edits", _held_out_edits(kept))
    write_block("held-out-look-alikes", _look_alikes_table(kept))
    write_block("held-out-changed", _changed_table(kept))
    if "keepers" in kept:
        write_block("held-out-keepers", _keepers_table(kept["keepers"]))
    recalls = {edit: found["right"] / found["of"] for edit, found in kept["found"].items()}
    kinds = {
        kind: {edit.__name__: recalls[edit.__name__] for edit in edits} for kind, edits in EDIT_KINDS.items()
    }
    plot_held_out(kinds, PLOTS)


def _held_out_table(kept: Mapping[str, Any]) -> str:
    groups = kept["wrong_in_groups"]
    rows: list[Sequence[object]] = [
        ("photographs", kept["photographs"]),
        ("of them edited", kept["bases"]),
        ("edits", len(kept["found"])),
        ("pictures", f"{kept['pictures']:,}"),
        ("recall", share(kept["recall"], 3)),
        ("different photographs matched", f"{len(kept['wrong_matches'])} pairs of pictures"),
        ("different photographs only in one group", f"{len(groups)} pairs of photographs"),
    ]
    rows += [(f"named: {what}", f"{each['right']} of {each['of']}") for what, each in kept["named"].items()]
    return table(("figure", "measured"), rows)


def _shared_edits_table(kept: Mapping[str, Any]) -> str:
    recalls = {edit: found["right"] / found["of"] for edit, found in kept["found"].items()}
    rows: list[Sequence[object]] = []
    for group, recall in group_recalls(recalls).items():
        weak = [f"{edit} {share(recalls[edit])}" for edit in EDIT_GROUPS[group] if recalls[edit] < 0.9]
        rows.append((group, share(recall), ", ".join(weak)))
    rows.append(("**all edits**", f"**{share(kept['recall'], 3)}**", ""))
    rows += [
        (f"named: {what}", f"{each['right']} of {each['of']}", "") for what, each in kept["named"].items()
    ]
    rows.append(("different photographs matched", len(kept["wrong_matches"]), ""))
    rows.append(("different photographs only in one group", len(kept["wrong_in_groups"]), ""))
    return table(("edits of the shared tool", "found", "edits under .9"), rows)


def _held_out_edits(kept: Mapping[str, Any]) -> str:
    rows: list[Sequence[object]] = []
    for kind, edits in EDIT_KINDS.items():
        names = [edit.__name__ for edit in edits]
        shares = [kept["found"][name]["right"] / kept["found"][name]["of"] for name in names]
        rows.append((f"**{kind}**", "", f"**{share(sum(shares) / len(shares))}**", ""))
        for name, value in zip(names, shares, strict=True):
            rows.append((name, _said_of(EDITS[name]), share(value), kept["related"].get(name, 0) or ""))
    head = "| edit | what is done | found | related instead |\n|---|---|---:|---:|"
    return "\n".join([head, *(f"| {' | '.join(map(str, row))} |" for row in rows)])


def _said_of(edit: Callable[..., object]) -> str:
    """Return what an edit does, by its docstring without its verb."""
    said = (edit.__doc__ or "").strip().rstrip(".").removeprefix("Return ")
    return said[:1].upper() + said[1:]


def _keepers_table(kept: Mapping[str, Any]) -> str:
    rows: list[Sequence[object]] = [
        ("sets", kept["sets"]),
        ("the original is kept", f"{kept['original']} ({share(kept['original'] / kept['sets'])})"),
    ]
    rows += [(f"kept instead: {name}", count) for name, count in sorted(kept["instead"].items())]
    return table(("figure", "measured"), rows)


def _changed_table(kept: Mapping[str, Any]) -> str:
    from benchmarks.held_out.manipulations import MANIPULATIONS

    rows: list[Sequence[object]] = [
        (
            f"{kind}: {_said_of(MANIPULATIONS[kind])}".removesuffix(": "),
            *found.values(),
        )
        for kind, found in kept["manipulations"].items()
    ]
    rows += [
        (f"smaller copies of {kind} found", *found.values()) for kind, found in kept["plain_copies"].items()
    ]
    rows.append(("edits that change no content, said to be changed", *kept["false_changes"].values()))
    return table(("what was done", "told, with the right box", "of"), rows)


def _look_alikes_table(kept: Mapping[str, Any]) -> str:
    from benchmarks.held_out import look_alikes

    rows = []
    for kind, called in kept["duplicates"].items():
        make = getattr(look_alikes, kind, None)
        what = _said_of(make) if make else "frames of a video of a street"
        rows.append((kind, what, called["of"], called["right"], kept["related_look_alikes"].get(kind, 0)))
    head = "| look-alikes | what they are | pairs | called duplicates | called related |\n|---|---|---:|---:|---:|"
    return "\n".join([head, *(f"| {' | '.join(map(str, row))} |" for row in rows)])
