"""Camera profiles made in the child: from a board in pictures and clips, and from a rectangle on a floor."""

import cv2
import numpy as np
import pytest
from monorig.inference import calibration, profiles
from monorig.inference.calibration import CalibrationError
from monorig.inference.camera import make
from monorig.inference.ground import level_camera
from monorig.inference.job import Job
from monorig.inference.take_folder import write_json
from synthetic_motion import synthetic_motion

SIZE, FOCAL, BOARD, SQUARE = (640, 480), 700.0, (7, 5), 0.03
K = np.array([[FOCAL, 0, 319.5], [0, FOCAL, 239.5], [0, 0, 1]])


class Silent:
    def __init__(self):
        self.told = []

    def progress(self, **fields):
        self.told.append(fields)


def board_picture(turn, shift):
    """A rendered board: black and white squares by a homography, grey around."""
    columns, rows = BOARD[0] + 1, BOARD[1] + 1
    cell = 40
    tiles = np.indices((rows, columns)).sum(0) % 2 * 255
    board = np.kron(tiles, np.ones((cell, cell))).astype(np.uint8)
    board = cv2.copyMakeBorder(board, cell, cell, cell, cell, cv2.BORDER_CONSTANT, value=255)
    metres = np.array([[SQUARE / cell, 0, -2 * SQUARE], [0, SQUARE / cell, -2 * SQUARE], [0, 0, 1]])
    R = cv2.Rodrigues(np.array(turn, float))[0]
    H = K @ np.column_stack([R[:, 0], R[:, 1], np.array(shift, float)]) @ metres
    picture = cv2.warpPerspective(board, H, SIZE, borderValue=128, flags=cv2.INTER_AREA)
    return cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)


VIEWS = [
    ((0.4, 0.1, 0.0), (-0.09, -0.06, 0.45)),
    ((-0.4, 0.2, 0.1), (-0.10, -0.05, 0.5)),
    ((0.1, -0.5, 0.0), (-0.07, -0.06, 0.48)),
    ((0.3, 0.4, -0.2), (-0.09, -0.05, 0.42)),
    ((-0.2, -0.3, 0.2), (-0.06, -0.07, 0.5)),
]


@pytest.fixture
def pictures(tmp_path):
    paths = [tmp_path / f"Bräter {number}.png" for number in range(len(VIEWS))]
    for path, view in zip(paths, VIEWS):
        path.write_bytes(cv2.imencode(".png", board_picture(*view))[1].tobytes())
    return [str(path) for path in paths]


def asked(pictures, **more):
    words = {"pictures": pictures, "board": BOARD, "square": SQUARE, "on_floor": False}
    return Job(task="calibrate", calibration={**words, **more})


def test_a_board_in_pictures_gives_the_camera(pictures):
    parent = Silent()
    fields = calibration.calibrate(asked(pictures, on_floor=True), parent)
    profile = fields["camera"]
    profiles.check(profile)
    assert profile["calibrated_at"] == list(SIZE) and fields["views"] == len(VIEWS)
    np.testing.assert_allclose(np.array(profile["K"]), K, rtol=0.02, atol=8)
    assert fields["error_px"] < 0.5
    assert 0.2 < np.array(profile["T_world_camera"])[2, 3] < 0.6
    assert parent.told[-1]["done"] == parent.told[-1]["total"] == len(VIEWS)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"board": (9, 6)}, "was found in 0 pictures"),
        ({"board": (2, 6)}, "3 inner corners"),
        ({"square": 0.0}, "square of 0.0 m"),
        ({"pictures": ["nowhere.png"]}, "There is no file nowhere.png"),
    ],
)
def test_what_calibrates_nothing_is_said(pictures, change, words):
    with pytest.raises(CalibrationError, match=words):
        calibration.calibrate(asked(**{"pictures": pictures, **change}), Silent())


def test_a_picture_of_another_size_or_without_the_board_is_refused(pictures, tmp_path):
    other = tmp_path / "other.png"
    cv2.imwrite(str(other), np.zeros((100, 100, 3), np.uint8))
    with pytest.raises(CalibrationError, match="different sizes"):
        calibration.calibrate(asked([*pictures, str(other)]), Silent())
    cv2.imwrite(str(other), np.full((*SIZE[::-1], 3), 128, np.uint8))
    with pytest.raises(CalibrationError, match="not seen in the last picture"):
        calibration.calibrate(asked([*pictures, str(other)], on_floor=True), Silent())
    other.write_text("no picture")
    with pytest.raises(CalibrationError, match="other.png cannot be read as a picture"):
        calibration.calibrate(asked([str(other)]), Silent())


@pytest.fixture
def take(tmp_path):
    """A take whose camera is K."""
    motion = synthetic_motion(people=1, frames=4, gaps=False)
    motion.save(tmp_path / "OUT.npz")
    write_json(
        tmp_path / "take.json", {"format": 3, "clip": "c.mp4", "chain": "take", "fps": 30.0,
                                 "image_size": list(SIZE), "camera": None},
    )  # fmt: skip
    return tmp_path, motion


def seen_from(height, pitch_deg, roll_deg, corners):
    """Pose of a camera above the floor, and rays (N,3) to corners (N,2) of it in the camera's axes."""
    pitch, roll = np.radians([pitch_deg, roll_deg])
    up = np.array([np.sin(roll) * np.cos(pitch), -np.cos(roll) * np.cos(pitch), -np.sin(pitch)])
    T = np.eye(4)
    T[:3, :3], T[2, 3] = level_camera(up), height
    return T, (np.append(corners, np.zeros((len(corners), 1)), 1) - T[:3, 3]) @ T[:3, :3]


RECTANGLE = np.array([[-1.0, 3.0], [1.0, 3.4], [0.7, 4.9], [-1.3, 4.5]])  # 2.04 x 1.53 m, turned


def floor_job(folder, rays, sides):
    told = {"rays": (3 * rays).tolist(), "sides": list(sides)}
    return Job(task="floor", take=str(folder), calibration=told)


def test_a_rectangle_on_the_floor_gives_the_pose(take):
    folder, motion = take
    T, rays = seen_from(1.62, 14.0, 3.0, RECTANGLE)
    sides = np.linalg.norm(np.diff(RECTANGLE[:3], axis=0), axis=-1)
    fields = calibration.floor(floor_job(folder, rays, sides), None)
    profile = fields["camera"]
    profiles.check(profile)
    np.testing.assert_allclose(profile["T_world_camera"], T, atol=1e-5)
    np.testing.assert_allclose(profile["K"], motion.K)
    assert fields["height"] == pytest.approx(1.62)
    assert make(SIZE, **profile).T_world_camera[2, 3] == pytest.approx(1.62)


def test_clicks_that_are_no_such_rectangle_are_refused(take):
    folder, _ = take
    _, rays = seen_from(1.62, 14.0, 0.0, RECTANGLE)
    sides = np.linalg.norm(np.diff(RECTANGLE[:3], axis=0), axis=-1)
    for wrong, words in [
        (rays[[0, 2, 1, 3]], "off a rectangle|above the horizon"),
        (rays * [1, 1, -1], "before the camera"),
        (np.repeat(rays[:1], 4, 0), "not in a line|do not fit|off a rectangle"),
    ]:
        with pytest.raises(CalibrationError, match=words):
            calibration.floor(floor_job(folder, wrong, sides), None)
    with pytest.raises(CalibrationError, match=r"off a rectangle of 2\.04 x 4\.589 m"):
        calibration.floor(floor_job(folder, rays, (sides[0], 3 * sides[1])), None)
