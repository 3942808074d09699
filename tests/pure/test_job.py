"""What the child is asked to do: through JSON and back, and refused where it makes no sense."""

import json

import pytest
from monorig.inference.job import Job, JobError

FULL = Job(
    clip="läuft.mp4", take="t", out="o.npz", chain="live", frames=(3, None), causal=True, max_people=2,
    camera={"K": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]}, fov_y_deg=50.0, focal_px=900.0,
    networks=("a", "b"), threads=3,
)  # fmt: skip


@pytest.mark.parametrize("job", [Job(clip="a.mp4", out="o"), FULL])
def test_a_job_survives_json(job):
    assert Job.from_json(json.loads(json.dumps(job.to_json()))) == job
    job.check()


def test_a_setting_that_there_is_not_is_named():
    with pytest.raises(JobError, match="speed"):
        Job.from_json({"clip": "a.mp4", "speed": 3})


@pytest.mark.parametrize("frames", [(0, 1), (0, None), (7, 8)])
def test_ranges_of_frames(frames):
    Job(clip="a", out="o", frames=frames).check()


@pytest.mark.parametrize(
    "frames", [(), (3,), (3, 3), (5, 2), (-1, 2), (0.5, 2), ("0", "2"), (None, 4)]
)
def test_what_is_no_range_of_frames_is_refused(frames):
    with pytest.raises(JobError, match="range of frames"):
        Job(clip="a", out="o", frames=frames).check()
