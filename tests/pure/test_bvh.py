"""A BVH file, read back by an independent little reader, moves as the person did."""

import numpy as np
import pytest
from monorig.inference import rotations
from monorig.retarget import bvh
from synthetic_motion import synthetic_motion

Y_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
AXES = {"X": [1.0, 0, 0], "Y": [0, 1.0, 0], "Z": [0, 0, 1.0]}
MILLIMETRE = 1e-3


def read(path):
    """BVH file -> joint names, positions (F,J,3) and rotations (F,J,3,3) in the file's axes, frame time."""
    words = iter(path.read_text(encoding="utf-8").split())
    joints, stack, end = [], [], False  # joint: name, parent, offset, channels
    for word in words:
        if word in ("ROOT", "JOINT"):
            joints.append([next(words), stack[-1] if stack else -1, None, []])
        elif word == "End":
            end = True
        elif word == "{":
            stack.append(-2 if end else len(joints) - 1)
        elif word == "}":
            end = False
            stack.pop()
        elif word == "OFFSET":
            offset = np.array([float(next(words)) for _ in range(3)])
            if not end:
                joints[-1][2] = offset
        elif word == "CHANNELS":
            joints[-1][3] = [next(words) for _ in range(int(next(words)))]
        elif word == "MOTION":
            break
    rest = list(words)
    frames, frame_time = int(rest[1]), float(rest[4])
    values = np.array(rest[5:], float).reshape(frames, -1)
    return [j[0] for j in joints], *pose(joints, values), frame_time


def pose(joints, values):
    p, R, column = np.zeros((len(values), len(joints), 3)), [], 0
    for index, (_, parent, offset, channels) in enumerate(joints):
        local, shift = np.tile(np.eye(3), (len(values), 1, 1)), np.tile(offset, (len(values), 1))
        for channel in channels:
            if channel.endswith("rotation"):
                turn = np.radians(values[:, column, None]) * AXES[channel[0]]
                local = local @ rotations.exp(turn)
            else:
                shift[:, "XYZ".index(channel[0])] = values[:, column]
            column += 1
        R.append(local if parent < 0 else R[parent] @ local)
        p[:, index] = shift if parent < 0 else p[:, parent] + (R[parent] @ shift[..., None])[..., 0]
    return p, np.stack(R, 1)


def in_file_order(motion, names):
    return [list(motion.joint_names).index(name) for name in names]


@pytest.mark.parametrize("fps", [30.0, 30000 / 1001])
@pytest.mark.parametrize("units_per_metre", [1.0, 100.0])
def test_the_file_moves_as_the_person_did(tmp_path, fps, units_per_metre):
    motion = synthetic_motion(people=1, frames=50, fps=fps)
    bvh.write(motion, 0, tmp_path / "a person.bvh", units_per_metre)
    names, p, R, frame_time = read(tmp_path / "a person.bvh")
    truth = motion.T_world_joint[0][:, in_file_order(motion, names)]
    assert frame_time == pytest.approx(1 / fps, abs=1e-8)
    assert len(p) == 50 and len(names) == 21
    assert np.abs(p / units_per_metre - truth[..., :3, 3] @ Y_UP.T).max() < MILLIMETRE
    assert np.abs(R - Y_UP @ truth[..., :3, :3] @ Y_UP.T).max() < 1e-5


def test_frames_before_the_first_sighting_are_left_out(tmp_path):
    motion = synthetic_motion(people=3, frames=60)
    bvh.write(motion, 2, tmp_path / "late.bvh")
    _, p, _, _ = read(tmp_path / "late.bvh")
    assert len(p) == 45
    assert np.allclose(p[0, 0], motion.T_world_joint[2, 15, 0, :3, 3] @ Y_UP.T, atol=MILLIMETRE)


def test_a_gap_is_bridged_straight(tmp_path):
    motion = synthetic_motion(people=2, frames=60)
    bvh.write(motion, 1, tmp_path / "gap.bvh")
    _, p, _, _ = read(tmp_path / "gap.bvh")
    assert len(p) == 60
    before, after = p[19, 0], p[30, 0]
    assert np.allclose(
        p[19:31, 0], before + np.linspace(0, 1, 12)[:, None] * (after - before), atol=MILLIMETRE
    )


def test_varying_times_are_sampled_at_the_nominal_rate(tmp_path):
    steady = synthetic_motion(people=1, frames=61)
    kept = np.delete(np.arange(61), [7, 8, 30, 44])
    thinned = {name: getattr(steady, name) for name in steady.__dataclass_fields__}
    for name in ("frame", "time_s", "T_world_camera"):
        thinned[name] = thinned[name][kept]
    thinned["T_world_joint"] = thinned["T_world_joint"][:, kept]
    bvh.write(type(steady)(**thinned), 0, tmp_path / "vfr.bvh")
    names, p, _, _ = read(tmp_path / "vfr.bvh")
    truth = steady.T_world_joint[0, ..., :3, 3][:, in_file_order(steady, names)] @ Y_UP.T
    assert len(p) == 61
    assert np.abs(p[kept] - truth[kept]).max() < MILLIMETRE


def test_somebody_never_seen_gets_no_file(tmp_path):
    motion = synthetic_motion(people=1, frames=5)
    motion.T_world_joint[:] = np.nan
    with pytest.raises(bvh.NobodyError, match="Person 1 is in no frame"):
        bvh.write(motion, 0, tmp_path / "nobody.bvh")
    assert not list(tmp_path.iterdir())
