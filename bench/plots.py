"""Pictures of the measurements, small PNG files; none where matplotlib is not installed."""

import importlib.util
import re
from contextlib import contextmanager
from pathlib import Path

OURS, THEIRS, PLAIN = "#1f6f8b", "#c8553d", "#9a9a9a"
SIZE, DPI = (7.0, 3.6), 110


def available():
    """Whether pictures can be drawn."""
    return importlib.util.find_spec("matplotlib") is not None


@contextmanager
def figure(folder, name, columns=1):
    """Gives (figure, axes (columns,)) to draw on, saved as folder/name.png at the end."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = Figure(figsize=SIZE, dpi=DPI, layout="constrained")
    FigureCanvasAgg(drawn)
    axes = drawn.subplots(1, columns, squeeze=False)[0]
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
    yield drawn, axes
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    drawn.savefig(folder / f"{name}.png")


def colour(answer):
    """Ours, somebody else's, or neither (our networks without a fit)."""
    if answer.startswith("MediaPipe"):
        return THEIRS
    return PLAIN if answer.startswith("our networks") else OURS


def accuracy(result, folder):
    """Bars of MPJPE and PA-MPJPE for every answer; one picture for each set of clips."""
    for name, scores in result.items() if available() else ():
        rows = {answer: values for answer, values in scores.items() if values["mpjpe"] > 0}
        with figure(folder, "-".join(["accuracy", *re.findall(r"\w+", name)]), columns=2) as (
            _,
            axes,
        ):
            for one, (key, title) in zip(
                axes, (("mpjpe", "MPJPE [mm]"), ("pa_mpjpe", "PA-MPJPE [mm]"))
            ):
                values = [row[key] for row in rows.values()]
                bars = one.barh(range(len(rows)), values, color=[colour(answer) for answer in rows])
                one.bar_label(bars, fmt="%.0f", padding=2, fontsize=7)
                one.set_yticks(range(len(rows)), list(rows), fontsize=7)
                one.invert_yaxis()
                one.set_title(f"{title}, {name}", fontsize=9)
                one.tick_params(axis="x", labelsize=7)
            axes[1].set_yticklabels([])


def costs(curves, folder):
    """{title: {chain: [(x, milliseconds per frame)]}} -> one picture with a panel for each title."""
    if not available():
        return
    with figure(folder, "cost", columns=len(curves)) as (_, axes):
        for one, (title, lines) in zip(axes, curves.items()):
            for chain, points in lines.items():
                one.plot(*zip(*points), marker="o", markersize=3, label=chain)
            one.set_xlabel(title, fontsize=8)
            one.set_ylim(bottom=0)
            one.tick_params(labelsize=7)
        axes[0].set_ylabel("time per frame [ms]", fontsize=8)
        axes[0].legend(fontsize=7, frameon=False)


def memory(samples, folder):
    """{chain: [(seconds, megabytes)]} -> resident memory of the child over the time of a long clip."""
    if not available():
        return
    with figure(folder, "memory") as (_, axes):
        for chain, points in samples.items():
            axes[0].plot(*zip(*points), label=chain)
        axes[0].set_xlabel("time since the start of the child [s]", fontsize=8)
        axes[0].set_ylabel("resident memory [MB]", fontsize=8)
        axes[0].set_ylim(bottom=0)
        axes[0].tick_params(labelsize=7)
        axes[0].legend(fontsize=7, frameon=False)
