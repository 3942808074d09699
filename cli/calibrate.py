"""run.py calibrate: pictures of a checkerboard -> camera profile for `capture --camera`."""

import re
from pathlib import Path

from .usage import DONE, UserError, command_parser, say

MOST_PICTURES = 120  # of a clip are searched for the board


def parser():
    result = command_parser("calibrate", "Pictures of a checkerboard -> camera profile.")
    result.add_argument(
        "pictures", nargs="+", type=Path, metavar="CLIP_OR_PICTURE", help="one clip, or pictures"
    )
    result.add_argument("-o", "--out", type=Path, required=True, metavar="FILE.json")
    result.add_argument(
        "--board", type=board_size, required=True, metavar="9x6", help="inner corners"
    )
    result.add_argument(
        "--square", type=float, required=True, metavar="METRES", help="side of one square"
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
        raise ValueError
    return tuple(map(int, match.groups()))


def main(argv):
    from ..inference import checkerboard
    from ..inference.take_folder import write_json

    options = parser().parse_args(argv)
    if not 0 < options.square < 10:
        raise UserError(f"a square of {options.square} m is not possible")
    views, size, searched = [], None, 0
    for picture in pictures(options.pictures):
        if size not in (None, picture.shape[1::-1]):
            raise UserError("the pictures are of different sizes; calibrate each size by itself")
        size, searched = picture.shape[1::-1], searched + 1
        corners = checkerboard.find_corners(picture, options.board)
        views += [] if corners is None else [corners]
    say(f"The board was found in {len(views)} of {searched} pictures.")
    try:
        found = checkerboard.calibrate(views, options.board, options.square, size)
    except checkerboard.CalibrationError as error:
        raise UserError(str(error)) from error
    profile = {"K": found.K.tolist(), "dist": found.dist.tolist()}
    if options.floor:
        profile["T_world_camera"] = checkerboard.pose_above_board(found.T_camera_board).tolist()
    write_json(options.out, profile)
    say(
        f"Focal length {found.K[0, 0]:.1f} px, error {found.error_px:.2f} px over {found.views} views: "
        f"wrote {options.out}. Use it with: run.py capture CLIP --camera {options.out}"
    )
    return DONE


def pictures(paths):
    """Yields (H,W,3): those of the files, or at most MOST_PICTURES of one clip; raises UserError."""
    import cv2

    from ..inference.video import Video, VideoError

    for path in paths:
        if not path.exists():
            raise UserError(f"there is no file {path}")
        picture = cv2.imread(str(path))
        if picture is not None:
            yield picture
            continue
        try:
            video = Video(path)
        except VideoError as error:
            raise UserError(str(error)) from error
        step = max(1, video.announced // MOST_PICTURES)
        yield from (p.image for p in video.pictures() if p.index % step == 0)
        video.close()
