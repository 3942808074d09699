"""run.py demo: a real clip becomes keyframes: a .blend, BVH files, a drawn-over clip, a report."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from . import environment, fetch
from .usage import DONE, UserError, command_parser, say

OUT = environment.ROOT / "out" / "demo"
RESULTS = (
    "demo.blend", "person-*.bvh", "overlay.mp4", "solvers.mp4", "report.txt", "demo.npz", "report.json",
    "top-view.png",
)  # fmt: skip
BLEND = """
import sys
sys.path.insert(0, sys.argv[1])
import run
run.alias_package()
from monorig.cli.blend import main
main(*sys.argv[2:])
"""


def parser():
    result = command_parser("demo", "Capture a clip and write out/demo/.")
    result.add_argument("clip", nargs="?", type=Path, metavar="CLIP", help="another video file")
    return result


def main(argv):
    from . import capture

    chosen = parser().parse_args(argv).clip
    if chosen is not None and not chosen.is_file():
        raise UserError(f"{chosen} is not a file")
    clip = (chosen or fetch.clip()).resolve()
    clear(OUT)
    npz, stages, take = OUT / "demo.npz", OUT / "report.json", OUT / "take"
    say(f"capturing {clip}")
    status = capture.main([str(clip), "-o", str(npz), "--report", str(stages), "--take", str(take)])
    if status != DONE:
        return status
    write_results(clip, npz, take, json.loads(stages.read_text(encoding="utf-8")))
    return DONE


def clear(folder):
    """Remove what an earlier demo wrote: it may be of another clip."""
    folder.mkdir(parents=True, exist_ok=True)
    for pattern in RESULTS:
        for path in folder.glob(pattern):
            path.unlink()
    shutil.rmtree(folder / "take", ignore_errors=True)


def write_results(clip, npz, take, stages):
    from ..inference.motion import Motion
    from . import overlay, top_view

    motion = Motion.load(npz)
    write_bvh(motion)
    say("drawing over the clip ...")
    overlay.write(clip, motion, OUT / "overlay.mp4", report=lambda text: None)
    wrote(OUT / "overlay.mp4")
    overlay.write(clip, solvers(take, motion), OUT / "solvers.mp4", report=lambda text: None)
    wrote(OUT / "solvers.mp4")
    top_view.write(motion, OUT / "top-view.png")
    wrote(OUT / "top-view.png")
    text = report_text(clip, motion, stages)
    (OUT / "report.txt").write_text(text, encoding="utf-8")
    wrote(OUT / "report.txt")
    write_blend(npz, clip)
    say("\n" + text)


def solvers(take, motion):
    """{title: Motion}: the same observations fitted by every solver, for a look at what each adds."""
    from ..inference.fit_settings import FitSettings
    from ..inference.refit import refit

    others = {name: refit(take, FitSettings(solver=name))[0] for name in ("raw", "live")}
    return {**others, "take": motion}


def write_bvh(motion):
    from ..retarget import bvh

    for person, identity in enumerate(motion.identity):
        path = OUT / f"person-{identity}.bvh"
        bvh.write(motion, person, path)
        wrote(path)


def write_blend(npz, clip):
    """The .blend, made in a process of its own because Blender's module cannot be unloaded."""
    missing = environment.why_no_bpy()
    if missing:
        say(f"demo.blend is not written: {missing}")
        return
    say("building demo.blend ...")
    target = OUT / "demo.blend"
    command = [sys.executable, "-c", BLEND, environment.ROOT, npz, clip, target]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode or not target.exists():
        raise RuntimeError(f"cli/blend.py ended with status {done.returncode}:\n{done.stdout}")
    wrote(target)


def report_text(clip, motion, stages):
    """report.txt: what was found, how fast, how well it lies on the people."""
    from ..inference.motion import reprojection_error

    frames = max(stages["frames"], 1)
    lines = [
        f"clip      {clip.name}, {stages['frames']} frames, {motion.fps:.3f} frames/s",
        f"people    {len(motion.identity)}",
        f"camera    {motion.camera_motion}, focal length {motion.K[0, 0]:.0f} px ({motion.camera_source})",
        f"time      {stages['seconds']:.1f} s, {frames / stages['seconds']:.1f} frames/s",
        f"provider  {stages['provider']}",
        "",
        "ms per frame and stage",
    ]
    lines += [
        f"  {name:<20} {1000 * seconds / frames:8.2f}"
        for name, seconds in stages["seconds_per_stage"].items()
    ]
    lines += ["", "median distance of the fitted to the seen 12 limb joints"]
    for identity, (px, share) in zip(motion.identity, reprojection_error(motion)):
        lines.append(
            f"  person {identity}: {px:.1f} px, {100 * share:.2f} % of the person's height"
        )
    return "\n".join(lines) + "\n"


def wrote(path):
    say(f"wrote {path.relative_to(environment.ROOT)}, {path.stat().st_size / 1e3:.0f} kB")
