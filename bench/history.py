"""What got better or worse since an earlier run: measurements kept as lines of JSON in a file of the user's.

A line is one measurement of one run: {"when", "measurement", "machine", "numbers": {name: [value, spread]}}.
Compared is with the last run on the same kind of machine. A number counts as changed where it moved by more
than the spread of both runs' repeats and by more than 2 %; numbers of which nobody knows what is better
(frames, cores) are not compared.
"""

import json
import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..cli.usage import UserError

LEAST = 0.02  # relative change that is worth a word
LOWER, HIGHER = -1, 1
BETTER = {
    **dict.fromkeys(
        ("mpjpe", "n_mpjpe", "pa_mpjpe", "clip_mpjpe", "acceleration", "jitter", "skate", "angle",
         "ms_per_frame", "processor_ms_per_frame", "ratio", "peak_memory_mb", "capture_s"), LOWER,
    ),
    **dict.fromkeys(("pck", "auc", "coverage"), HIGHER),
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One number that moved beyond its noise."""

    name: str
    before: float
    now: float
    better: bool

    def __str__(self):
        word = "better" if self.better else "worse"
        return f"{word}: {self.name} {self.before:.4g} -> {self.now:.4g} (x {self.now / self.before:.2f})"


def keep(path, earlier, results):
    """Prints what changed since the last of the earlier records, and appends this run to the file.

    results   {measurement: what its main returned}
    """
    now = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine()}
    lines = []
    for measurement, result in results.items():
        record = {**now, "measurement": measurement, "numbers": numbers(result or {})}
        before = last(earlier, record)
        say_changes(measurement, before, record)
        lines.append(json.dumps(record))
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line in lines))


def say_changes(measurement, before, record):
    if before is None:
        print(f"\n{measurement}: nothing earlier to compare with on this machine")
        return
    found = changes(before["numbers"], record["numbers"])
    print(f"\n{measurement}, since {before['when']}: {len(found)} numbers changed beyond noise")
    for change in sorted(found, key=lambda change: (change.better, change.name)):
        print(f"  {change}")
    gone = sorted(set(before["numbers"]) - set(record["numbers"]))
    if gone:
        print(f"  no longer measured: {', '.join(gone)}")


def read(path):
    """Records of a history file, oldest first; none where it does not exist; UserError for anything else."""
    path = Path(path)
    if not path.exists():
        return []
    records = []
    for row, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            record = json.loads(line)
            records.append(
                {key: record[key] for key in ("when", "measurement", "machine", "numbers")}
            )
        except (ValueError, TypeError, KeyError) as error:
            raise UserError(f"{path}, line {row} is no measurement of an earlier run") from error
    return records


def last(records, record):
    """The latest record of the same measurement on the same kind of machine, or None."""
    same = [
        other
        for other in records
        if all(other[key] == record[key] for key in ("measurement", "machine"))
    ]
    return same[-1] if same else None


def changes(before, now):
    """{name: [value, spread]} of two runs -> Changes, of the numbers that both have."""
    result = []
    for name in before.keys() & now.keys():
        (old, old_spread), (new, new_spread) = before[name], now[name]
        noise = max(LEAST * abs(old), old_spread + new_spread)
        if old and abs(new - old) > noise:
            result.append(Change(name, old, new, sign(name) * (new - old) > 0))
    return result


def numbers(result, prefix=""):
    """Nested results -> {dotted name: [value, spread]} of the numbers of which it is known what is better.

    A leaf is a number, or {"median", "spread"} of several repeats.
    """
    found = {}
    for key, value in result.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and set(value) == {"median", "spread"}:
            leaf = [value["median"], value["spread"]]
        elif isinstance(value, dict):
            found.update(numbers(value, f"{name}."))
            continue
        else:
            leaf = [value, 0.0]
        if sign(name) and isinstance(leaf[0], (int, float)) and leaf[0] == leaf[0]:
            found[name] = [float(number) for number in leaf]
    return found


def sign(name):
    """-1: less is better, 1: more is better, 0: not compared; by the last part of the name."""
    return BETTER.get(name.rpartition(".")[2], 0)


def machine():
    """What times depend on."""
    return {"system": platform.system(), "processor": processor(), "cores": os.cpu_count()}


def processor():
    """Model of the processor as far as the system says it."""
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text(encoding="utf-8").splitlines() if listing.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
