"""run.py export: the motion of a take as BVH files, one per person, without Blender."""

from pathlib import Path

from .usage import DONE, UserError, command_parser, say

UNITS = {"m": 1.0, "cm": 100.0}  # unit of length: how many make a metre


def parser():
    result = command_parser("export", "A take's people as BVH files, without Blender.")
    result.add_argument("take", type=Path, metavar="TAKE", help="the take's folder, or an OUT.npz")
    result.add_argument("--bvh", action="store_true", required=True, help="write BVH files")
    result.add_argument("-o", "--out", type=Path, metavar="DIR", help="default: the take's folder")
    result.add_argument("--people", type=numbers, metavar="1,3", help="identities; default: all")
    result.add_argument(
        "--units", choices=UNITS, default="m", help="of lengths in the files (default m)"
    )
    return result


def numbers(text):
    """ "1,3" -> [1, 3]."""
    return [int(word) for word in text.split(",")]


def main(argv):
    from ..inference.motion import Motion, MotionError
    from ..inference.take import OUT
    from ..retarget import bvh

    options = parser().parse_args(argv)
    path = options.take / OUT if options.take.is_dir() else options.take
    try:
        motion = Motion.load(path)
    except MotionError as error:
        raise UserError(str(error)) from error
    folder = options.out or path.parent
    folder.mkdir(parents=True, exist_ok=True)
    there = [int(identity) for identity in motion.identity]
    for identity in options.people or there:
        if identity not in there:
            known = ", ".join(map(str, there)) or "nobody"
            raise UserError(f"person {identity} is not in {path}; there are: {known}")
    for person, identity in enumerate(there):
        if identity in (options.people or there):
            target = folder / f"person-{identity}.bvh"
            bvh.write(motion, person, target, UNITS[options.units])
            say(f"wrote {target}")
    return DONE
