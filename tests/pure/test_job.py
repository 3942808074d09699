"""What the child is asked to do: through JSON and back, and refused where it makes no sense."""

import json

import pytest
from monorig.inference.fit_settings import FitSettings, FitSettingsError
from monorig.inference.job import Job, JobError

FULL = Job(
    clip="läuft.mp4", take="t", out="o.npz", chain="live", frames=(3, None), max_people=2,
    fit=FitSettings("live", smoothing=2.0, planted=0.5, level=False, max_people=1),
    camera={"K": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]}, fov_y_deg=50.0, focal_px=900.0,
    networks=("a", "b"), threads=3, task="capture",
)  # fmt: skip


@pytest.mark.parametrize("job", [Job(clip="a.mp4", out="o"), FULL, Job(take="t", task="refit")])
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


@pytest.mark.parametrize(
    ("job", "word"),
    [
        (Job(take="t", task="dance"), "no task .dance."),
        (Job(out="o", task="refit"), "No take folder"),
    ],
)
def test_a_task_that_cannot_be_done_is_refused(job, word):
    with pytest.raises(JobError, match=word):
        job.check()


def test_a_fit_setting_that_makes_no_sense_is_refused_with_the_job():
    with pytest.raises(FitSettingsError, match="solver"):
        Job(clip="a", out="o", fit=FitSettings("magic")).check()
    with pytest.raises(FitSettingsError, match="Smoothing"):
        Job.from_json({"clip": "a", "out": "o", "fit": {"smoothing": 0}})
