"""Retargeting: how exact on every rig, known motions, feet on other legs, IK, fewer keys, writing speed.

Blender's module measures in a process of its own. Characters and known motions need the measuring material, the
last tables but one the demo (run.py demo); what is missing is left out.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from ..cli import demo, environment
from ..cli.usage import say
from . import motions, tables

CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
import run
run.alias_package()
from monorig.bench.retarget_stage import main
main(*sys.argv[2:])
"""
CHARACTERS = ("Xbot.glb", "CesiumMan.glb", "vrmaddon_Example.vrm", "vrmaddon_basic_armature.blend")


def main(args):
    """All tables of retargeting; returns their numbers."""
    missing = environment.why_no_bpy()
    if missing:
        say(f"Nothing is measured: {missing}")
        return {}
    folder = Path(args.data) / "media" / "rigs" if args.data else None
    there = [folder / name for name in CHARACTERS] if folder else []
    npz, known = demo.OUT / "demo.npz", motions.available(args.data)[:: 4 if args.short else 1]
    job = {
        "characters": [str(path) for path in there if path.exists()],
        "motions": [(list(motion), str(path)) for motion, path in known],
        "demo": str(npz) if npz.exists() else "",
    }
    found = measured(job)
    show_rigs(found["rigs"])
    show_motions(found["motions"])
    show_demo(found["demo"])
    show_writing(found["writing"])
    return found


def measured(job):
    """The numbers of `retarget_stage.main`."""
    with tempfile.TemporaryDirectory() as scratch:
        asked, answered = Path(scratch) / "job.json", Path(scratch) / "numbers.json"
        asked.write_text(json.dumps(job), encoding="utf-8")
        command = [sys.executable, "-c", CHILD, *map(str, (environment.ROOT, asked, answered))]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        if done.returncode:
            raise RuntimeError(f"it ended with status {done.returncode}:\n{done.stderr[-2000:]}")
        return json.loads(answered.read_text(encoding="utf-8"))


def show_rigs(rigs):
    """Limbs of rigs beside those of our own skeleton, feet not planted."""
    tables.header(
        "rig", "family", "direction, worst [deg]", "twist, worst [deg]", "way of the hips, worst [mm]",
        "rest data",
    )  # fmt: skip
    for name, numbers in rigs.items():
        worst = [tables.number(numbers[key], 3) for key in ("direction_deg", "twist_deg", "way_mm")]
        tables.row(
            name, numbers["family"], *worst, "the same" if numbers["rest_kept"] else "CHANGED"
        )


def show_motions(known):
    """Limbs of a rig beside the joints of the motion file that its motion came from, over our skeleton."""
    if known:
        tables.header("known motion", "direction, median [deg]", "95 % [deg]")
    for name, numbers in known.items():
        tables.row(name, *(tables.number(numbers[key], 2) for key in ("median_deg", "p95_deg")))


def show_demo(numbers):
    """Feet on other legs, IK, and fewer keys, of everybody in the demo clip."""
    if not numbers:
        return
    tables.header(
        "legs", "slide of standing soles, median [mm/frame]", "95 %", "source 95 %", "deepest [mm]"
    )
    for legs, feet in numbers["feet"].items():
        keys = ("median_mm", "p95_mm", "source_p95_mm", "deepest_mm")
        tables.row(f"{legs} x", *(tables.number(feet[key], 1) for key in keys))
    show_ik(numbers["ik"])
    tables.header("fewer keys", "times fewer", "worst rotation [deg]", "worst location [mm]")
    for person, few in numbers["keys"].items():
        worst = [tables.number(few[key], 2) for key in ("times", "worst_deg", "worst_mm")]
        tables.row(f"person {person}", *worst)


def show_ik(by_limb):
    """Limbs of Rigify by IK beside FK, and how its poles turn."""
    tables.header(
        "Rigify by IK", "beside FK, median [deg]", "95 %", "worst", "hands and feet [mm]",
        "pole, fastest [deg/frame]", "where straight",
    )  # fmt: skip
    for limbs, ik in by_limb.items():
        keys = ("median_deg", "p95_deg", "worst_deg", "end_mm", "pole_deg", "straight_deg")
        tables.row(limbs, *(tables.number(ik[key], 2) for key in keys))


def show_writing(writing):
    """Processor time in which actions are written."""
    tables.header("2000 frames of 70 bones written", "processor time [s]")
    for people, seconds in writing.items():
        tables.row(
            f"{people} at once" if people != "1" else "one person", tables.number(seconds, 2)
        )
