"""run.py refit: identities and fit again from a take, without its clip and without networks."""

import time
from pathlib import Path

from .capture import read_camera
from .fit_options import add_fit_options, fit_settings
from .usage import DONE, UserError, command_parser, positive, say


def parser():
    result = command_parser("refit", "Identities and fit again from a take: no clip, no networks.")
    result.add_argument("take", type=Path, metavar="DIR", help="the take's folder")
    result.add_argument("-o", "--out", type=Path, metavar="OUT.npz", help="default: the take's own")
    add_fit_options(result)
    result.add_argument(
        "--edits", type=Path, metavar="FILE.json", help="ignore, merge, split, name, height"
    )
    result.add_argument("--camera", type=Path, metavar="FILE.json", help="K, dist, T_world_camera")
    result.add_argument("--fov-y", type=positive, metavar="DEG", help="vertical field of view")
    result.add_argument("--focal-px", type=positive, metavar="F", help="focal length in pixels")
    return result


def main(argv):
    from ..inference.edits import EditsError
    from ..inference.take import TakeError
    from ..inference.take_folder import OUT

    options = parser().parse_args(argv)
    settings, out = fit_settings(options), options.out or options.take / OUT
    started = time.perf_counter()
    try:
        motion = fitted(options, settings, out)
    except (TakeError, EditsError) as error:
        raise UserError(str(error)) from error
    seconds = time.perf_counter() - started
    say(f"Focal length {motion.K[0, 0]:.0f} px, {motion.camera_source}.")
    say(
        f"{len(motion.identity)} people in {len(motion.frame)} frames, {seconds:.1f} s: wrote {out}"
    )
    return DONE


def fitted(options, settings, out):
    """Fits the take again and writes `out` -> Motion; raises TakeError, EditsError."""
    from ..inference.refit import keep, read_edits, refit

    edits = read_edits(options.edits) if options.edits else None
    motion, finished = refit(options.take, settings, edits, camera_options(options))
    if not finished:
        say("This take was not captured to the end; capture again with --take to go on.")
    keep(motion, options.take, out, settings, edits)
    return motion


def camera_options(options):
    """What the command line says of the camera, as the take keeps it."""
    given = {"fov_y_deg": options.fov_y, "focal_px": options.focal_px}
    given["camera"] = read_camera(options.camera) if options.camera else None
    return {name: value for name, value in given.items() if value is not None}
