"""Plots of how well duplicate pictures are found, as SVG. Needs matplotlib: ``pip install 'cutline[bench]'``.

The colours are those of Okabe and Ito, which the colour-blind tell apart; the tools differ by mark as well.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

try:
    import matplotlib as mpl
    import matplotlib.pyplot as plt
except ModuleNotFoundError:
    raise SystemExit("Plots are drawn by matplotlib: pip install 'cutline[bench]'") from None
from matplotlib.axes import Axes
from matplotlib.figure import Figure

mpl.use("svg")
mpl.rcParams |= {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "svg.hashsalt": "cutline",  # the same figures give the same file
}

_STYLES: dict[str, dict[str, Any]] = {
    "cutline": {"color": "#D55E00", "marker": "o", "markersize": 7},
    "cutline --no-parts": {"color": "#D55E00", "marker": "o", "markersize": 6, "markerfacecolor": "white"},
    "czkawka": {"color": "#0072B2", "marker": "s", "markersize": 5},
    "czkawka, by its distances": {"color": "#0072B2", "marker": "s", "markersize": 5, "mfc": "white"},
    "imagededup PHash": {"color": "#009E73", "marker": "^", "markersize": 6},
    "difPy": {"color": "#CC79A7", "marker": "D", "markersize": 5},
    "findimagedupes": {"color": "#000000", "marker": "v", "markersize": 6, "markerfacecolor": "#999999"},
}


def plot_groups(recalls: Mapping[str, Mapping[str, float]], folder: Path) -> Path:
    """Recall by group of edits, a mark for each tool: ``recall-by-edit.svg``."""
    groups = list(next(iter(recalls.values())))
    figure, axes = plt.subplots(figsize=(7.2, 0.42 * len(groups) + 1.1), layout="constrained")
    _rows(axes, groups)
    tools = list(recalls.items())
    for row, (name, each) in enumerate(tools):
        aside = (row - (len(tools) - 1) / 2) * 0.13  # so that equal marks do not hide one another
        places = [groups.index(group) + aside for group in each]
        axes.plot(list(each.values()), places, linestyle="none", label=name, clip_on=False, **_STYLES[name])
    axes.set_xlabel("recall: share of edited copies found")
    figure.legend(loc="outside upper center", ncols=3, frameon=False)
    return _save(figure, folder / "recall-by-edit.svg")


def plot_costs(measured: Mapping[str, tuple[float, float]], folder: Path) -> Path:
    """Recall against CPU as a ratio to the floor, a mark for each tool: ``recall-by-cost.svg``."""
    figure, axes = plt.subplots(figsize=(6.2, 3.6), layout="constrained")
    for name, (ratio, recall) in measured.items():
        axes.plot([ratio], [recall], linestyle="none", clip_on=False, zorder=3, **_STYLES[name])
        axes.annotate(name, (ratio, recall), xytext=(8, -9), textcoords="offset points")
    axes.axvline(1, color="#888888", linewidth=1, linestyle=":")
    axes.annotate("floor", (1, 0.02), xytext=(4, 0), textcoords="offset points", color="#666666")
    highest = max(ratio for ratio, _ in measured.values())
    ticks = [tick for tick in (0.5, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50) if tick <= highest * 1.6]
    axes.set_xscale("log")
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlim(0.7, highest * 1.7)
    axes.set_ylim(0, 1.02)
    axes.grid(color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel("CPU, as a ratio to reading, decoding once and hashing (log scale)")
    axes.set_ylabel("recall over 70 edits")
    return _save(figure, folder / "recall-by-cost.svg")


def plot_held_out(kinds: Mapping[str, Mapping[str, float]], folder: Path) -> Path:
    """Recall by held-out edit, in their kinds: ``held-out.svg``."""
    rows = [(kind, edit, recall) for kind, edits in kinds.items() for edit, recall in edits.items()]
    figure, axes = plt.subplots(figsize=(7.2, 0.19 * len(rows) + 0.8), layout="constrained")
    _rows(axes, [edit.replace("_", " ") for _, edit, _ in rows])
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", labelsize=8)
    recalls = [recall for _, _, recall in rows]
    axes.hlines(range(len(rows)), 0, recalls, color="#D55E00", linewidth=1.6, alpha=0.45)
    axes.plot(
        recalls, range(len(rows)), linestyle="none", color="#D55E00", marker="o", markersize=5, clip_on=False
    )
    first = 0
    for kind, edits in kinds.items():
        if first:
            axes.axhline(first - 0.5, color="#999999", linewidth=0.6)
        axes.annotate(
            kind, (1.03, first + len(edits) / 2 - 0.5), va="center", annotation_clip=False, color="#444444"
        )
        first += len(edits)
    axes.set_xlabel("recall: share of edited copies found")
    return _save(figure, folder / "held-out.svg")


def _rows(axes: Axes, names: list[str]) -> None:
    """Draw a line for each name from top to bottom, shares from left to right."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1])
    axes.grid(color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, pad=8)


def _save(figure: Figure, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    return path
