"""run.py calibrate: pictures of a checkerboard -> camera profile for `capture --camera`."""

import re
from argparse import ArgumentTypeError
from pathlib import Path

from .usage import DONE, UserError, command_parser, new_file, positive, say


def parser():
    result = command_parser("calibrate", "Pictures of a checkerboard -> camera profile.")
    result.add_argument(
        "pictures", nargs="+", type=Path, metavar="CLIP_OR_PICTURE", help="one clip, or pictures"
    )
    result.add_argument("-o", "--out", type=new_file, required=True, metavar="FILE.json")
    result.add_argument(
        "--board", type=board_size, required=True, metavar="9x6", help="inner corners"
    )
    result.add_argument(
        "--square", type=positive, required=True, metavar="METRES", help="side of one square"
    )
    result.add_argument(
        "--floor",
        action="store_true",
        help="in the last picture the board lies on the ground: write the camera's pose, too",
    )
    return result


def board_size(text):
    """9x6 -> (9, 6)."""
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if not match or min(map(int, match.groups())) < 3:
        raise ArgumentTypeError(f"{text} is no board as 9x6: its inner corners, 3 or more each way")
    return tuple(map(int, match.groups()))


def main(argv):
    from ..inference import calibration
    from ..inference.take_folder import write_json
    from ..inference.video import VideoError

    options = parser().parse_args(argv)
    try:
        profile, found, searched = calibration.from_board(
            options.pictures, options.board, options.square, options.floor
        )
    except (calibration.CalibrationError, VideoError) as error:
        raise UserError(str(error)) from error
    write_json(options.out, profile)
    say(
        f"Focal length {found.K[0, 0]:.1f} px, error {found.error_px:.2f} px over {found.views} views of "
        f"{searched} pictures: wrote {options.out}. Use it with: run.py capture CLIP --camera {options.out}"
    )
    return DONE
