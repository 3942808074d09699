"""How people usually hold themselves: mean and spread of every joint angle over motion capture.

    python3 -m monorig.training.natural_poses FOLDER > inference/natural_poses.toml

FOLDER holds .bvh[.gz] files and DeepMimic's .txt. Their joint positions become angles of our skeleton as in
the benchmark of known motions; left and right count as one; every file weighs the same, however long it is.
What such files do not show (wrists, twist of the forearm, toes, collar bones) gets a spread by hand round
the rest pose.
"""

import sys
from pathlib import Path

import numpy as np

from ..bench import motions
from ..inference.skeleton import NUM_ROOT, SKELETON

RATE = 10.0  # [1/s] at which poses are taken
UNSEEN = {
    "clavicle": 15.0,
    "forearm": 40.0,
    "hand": 30.0,
    "toe": 25.0,
    "foot_roll": 15.0,
}  # spread [deg]
BADLY_SEEN = ("spine", "chest", "neck", "head")  # joint positions show little of how a trunk bends
LEAST = {True: 10.0, False: 4.0}  # [deg] no angle is known better, if badly seen or not
MIDDLE = ("_side", "_twist")  # of links in the middle: 0 on average, as left and right are alike


def poses(path):
    """One file -> joint angles (T,D) at RATE."""
    read = motions.from_deepmimic if path.suffix == ".txt" else motions.from_bvh
    X, fps, sole = read(path)
    return motions.angles(X, sole)[:: max(1, round(fps / RATE))]


def moments(clips):
    """[(T,D)] -> mean, spread of every degree of freedom (D,) [rad], clips weighed alike."""
    mean = np.mean([q.mean(0) for q in clips], 0)
    square = np.mean([((q - mean) ** 2).mean(0) for q in clips], 0)
    return mean, np.sqrt(square)


def mirrored(clips):
    """The clips and what a mirror would show of them; side and twist of the trunk change their sign."""
    names = SKELETON.dof_names
    partner = [names.index(swap_side(name)) for name in names]
    sign = np.array(
        [-1.0 if name[-2:] not in (".L", ".R") and name.endswith(MIDDLE) else 1.0 for name in names]
    )
    return clips + [q[:, partner] * sign for q in clips]


def swap_side(name):
    return name[:-1] + {"L": "R", "R": "L"}[name[-1]] if name[-2:] in (".L", ".R") else name


def table(mean, spread):
    """-> TOML text: degree of freedom = [mean, spread] in degrees, one line for both sides."""
    lines = []
    for column in range(NUM_ROOT, SKELETON.num_dofs):
        name = SKELETON.dof_names[column]
        if name.endswith(".R"):
            continue
        broad = next((wide for part, wide in UNSEEN.items() if name.startswith(part)), None)
        low, high = np.degrees([SKELETON.lower[column], SKELETON.upper[column]])
        middle = np.clip(np.degrees(mean[column]) if broad is None else 0.0, low, high)
        wide = broad or max(np.degrees(spread[column]), LEAST[name.startswith(BADLY_SEEN)])
        lines.append(f'"{name.removesuffix(".L")}" = [{middle:.0f}, {wide:.0f}]')
    return "\n".join(lines)


def main(folder):
    files = sorted(
        path
        for path in Path(folder).rglob("*")
        if path.name.startswith("humanoid3d") or ".bvh" in path.name
    )
    clips = []
    for path in files:
        try:
            clips.append(poses(path))
        except (ValueError, KeyError) as error:
            print(f"{path.name} is left out: {error}", file=sys.stderr)
    print(f"# Mean and spread of joint angles [deg] over {len(clips)} files of motion capture; see")
    print("# training/natural_poses.py. Both sides are alike.")
    print(table(*moments(mirrored(clips))))


if __name__ == "__main__":
    main(*sys.argv[1:])
