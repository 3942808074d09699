"""Two frames of a synthetic clip, rendered: the truth lies on the people in the picture."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from monorig.bench import synthetic_makehuman, synthetic_truth
from monorig.inference.video import Video

ROOT = Path(__file__).resolve().parents[2]
# In a process of its own, as the benchmark does it: a renderer without graphics driver ends its process.
RENDER = """
import sys
sys.path.insert(0, sys.argv[1])
import run
run.alias_package()
from dataclasses import replace
from pathlib import Path
from monorig.bench import synthetic_clip
from monorig.bench.synthetic_scenes import SCENES
scene = replace(SCENES["trio-behind-things"], seconds=2 / synthetic_clip.FPS)
synthetic_clip.make(scene, Path(sys.argv[2]), sys.argv[3])
"""


@pytest.fixture(scope="module")
def clip(tmp_path_factory, material):
    """Picture and Truth of two frames: three people, two boxes."""
    if not synthetic_makehuman.is_here():
        pytest.skip("MakeHuman's mesh has not been downloaded (python3 run.py bench synthetic)")
    folder = tmp_path_factory.mktemp("clip")
    command = [sys.executable, "-c", RENDER, ROOT, folder, material]
    variables = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    done = subprocess.run(command, env=variables, capture_output=True, text=True)
    if done.returncode < 0:
        pytest.skip(f"Workbench cannot draw here: it ended with signal {-done.returncode}")
    assert done.returncode == 0, done.stderr
    video = Video(folder / "trio-behind-things.mp4")
    pictures = [picture.image for picture in video.pictures()]
    video.close()
    return pictures, synthetic_truth.load(folder / "trio-behind-things.npz")


def test_the_clip_has_the_frames_of_its_truth(clip):
    pictures, truth = clip
    assert len(pictures) == len(truth.mask) == truth.X.shape[1] == 2
    assert pictures[0].shape[1::-1] == tuple(truth.image_size)
    assert np.std(pictures[0]) > 20, "there is something to be seen"


def test_visible_keypoints_lie_on_whom_they_belong_to(clip):
    _, truth = clip
    for row, identity in enumerate(truth.identity):
        x, y = truth.px[row, 0][truth.visible[row, 0]].round().astype(int).T
        x, y = x.clip(1, truth.mask.shape[2] - 2), y.clip(1, truth.mask.shape[1] - 2)
        near = [truth.mask[0, y + dy, x + dx] == identity for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
        assert np.any(near, 0).mean() > 0.95


def test_boxes_hold_the_masks(clip):
    _, truth = clip
    for row, identity in enumerate(truth.identity):
        y, x = np.nonzero(truth.mask[0] == identity)
        x0, y0, x1, y1 = truth.box[row, 0]
        assert x0 - 1 < x.min() and x.max() < x1 + 1 and y0 - 1 < y.min() and y.max() < y1 + 1


def test_what_stands_in_front_hides_keypoints(clip):
    _, truth = clip
    behind = list(truth.person).index("Eli")
    feet = [i for i, name in enumerate(truth.keypoint_names) if "ankle" in name or "toe" in name]
    codes = truth.hidden[behind, 0, feet]
    assert (codes == synthetic_truth.HIDDEN_BY.index("things")).all(), "he stands behind a box"
