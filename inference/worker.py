"""The child's work on one clip: video -> networks -> take on disk -> fit -> OUT.npz; or on a take: fit again.

Talks to the parent through frames only (`protocol`). A cancel or a vanished parent stops it between
two pictures; everything seen so far is in the take.
"""

import contextlib
import sys
import tempfile
import time
import traceback
from pathlib import Path

import cv2

from . import (
    calibration,
    catalogue,
    clues,
    live,
    loading,
    packages,
    preview,
    profiles,
    refit,
    take,
    webcam,
    weights,
)
from .background import Background
from .edits import Edits, EditsError
from .fit_settings import FitSettingsError
from .job import Job, JobError
from .live_settings import LiveSettingsError
from .network import NetworkError
from .observer import Observer
from .parent import Cancelled, Parent
from .refusals import refused
from .report import left_out, report, versions_loaded
from .scene_cuts import LOOKED_BACK
from .take_folder import OUT, clip_hash
from .video import Video, VideoError

INPUT_ERRORS = (
    JobError, VideoError, take.TakeError, NetworkError, catalogue.CatalogueError,
    weights.WeightsError, EditsError, FitSettingsError, LiveSettingsError, profiles.ProfileError,
    calibration.CalibrationError,
)  # fmt: skip


def main(job, frames_in, frames_out):
    """Runs a job (dict) and reports how it ended; returns the exit status."""
    parent = Parent(frames_in, frames_out)
    try:
        packages.check_loaded(versions_loaded())
        job = Job.from_json(job)
        job.check()
        parent.send("done", **TASKS[job.task](job, parent))
    except Cancelled:
        parent.send("failed", kind="cancelled", text="Cancelled.", log=[])
    except packages.PackagesError as error:
        parent.send("failed", kind="packages", text=str(error), log=[])
    except INPUT_ERRORS as error:
        parent.send("failed", kind="input", text=str(error), log=[])
    except OSError as error:
        parent.send("failed", kind="input", text=refused(error), log=[])
    except Exception as error:  # noqa: BLE001 - the parent shows it; nothing is hidden
        trace = traceback.format_exc().splitlines()
        print("\n".join(trace), file=sys.stderr)
        parent.send(
            "failed", kind="fault", text=f"{type(error).__name__}: {error}", log=trace[-12:]
        )
        return 1
    return 0


def capture(job, parent):
    """One clip from start to end -> fields of `done`."""
    started = time.perf_counter()
    cv2.setNumThreads(1)
    chain = catalogue.chain(job.chain, job.networks)
    with contextlib.closing(Video(job.clip, job.fps)) as video, take_folder(job) as folder:
        profiles.check(job.camera or {})
        outputs = outputs_of(job)
        for path in outputs:
            check_writable(path)
        with contextlib.closing(take.Take(folder, describe(job, video))) as record:
            clock = observe(job, chain, video, record, parent)
            motion, seconds_fit = solve(job, record, parent)
            sightings = tell_left_out(motion, record.observations, parent)
        for path in outputs:
            refit.keep(motion, folder, path, job.fit)
    stages = {**clock["stages"], "fit": seconds_fit}
    seconds = time.perf_counter() - started
    told = {**report(motion, clock, stages, seconds), "sightings": sightings}
    return {"out": str(outputs[-1]), "report": told}


def fit_again(job, parent):
    """One take, finished or not -> fields of `done`; a cancel leaves the take as it was."""
    started = time.perf_counter()
    profiles.check(job.camera or {})
    outputs = outputs_of(job)
    for path in outputs:
        check_writable(path)
    given = {name: getattr(job, name) for name in ("camera", "fov_y_deg", "focal_px")}
    camera = {name: value for name, value in given.items() if value is not None}
    on_progress = fit_progress(parent)
    said = None if job.edits is None else Edits.from_json(job.edits)
    motion, finished = refit.refit(job.take, job.fit, said, camera, on_progress)
    on_progress(1.0)
    for path in outputs:
        refit.keep(motion, job.take, path, job.fit, said)
    seconds = time.perf_counter() - started
    told = report(motion, without_networks(), {"fit": seconds}, seconds)
    return {"out": str(outputs[-1]), "report": {**told, "finished": finished}}


def look_live(job, parent):
    """A webcam, a stream, or a clip as if it were one -> fields of `done`."""
    profiles.check(job.camera or {})
    parent.progress(stage="networks")
    chain = catalogue.chain(job.chain, job.networks)
    return live.run(job, chain, loading.networks(chain, job, parent), parent)


def find_cameras(_job, _parent):
    """The webcams -> fields of `done`."""
    return {"cameras": webcam.devices()}


TASKS = {
    "capture": capture,
    "refit": fit_again,
    "preview": preview.look,
    "live": look_live,
    "cameras": find_cameras,
    "calibrate": calibration.calibrate,
    "floor": calibration.floor,
}


def outputs_of(job):
    """Files that the Motion is written to: the take's own, then the one that was asked for."""
    wanted = [Path(job.take, OUT)] * bool(job.take) + [Path(job.out)] * bool(job.out)
    return list({path.resolve(): path for path in wanted}.values())


def take_folder(job):
    """Context: the folder of the take, a temporary one where the job names none."""
    if job.take:
        return contextlib.nullcontext(job.take)
    return tempfile.TemporaryDirectory(prefix="monorig-take-", ignore_cleanup_errors=True)


def check_writable(path):
    """Finds out before the work whether its result can be written; raises JobError."""
    if path.is_dir():
        raise JobError(f"{path} cannot be written: it is a folder.")
    trial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        trial.open("ab").close()
        trial.unlink()
    except OSError as error:
        error.filename = str(path)  # what was asked for
        raise JobError(refused(error)) from error


def describe(job, video):
    """What take.json says."""
    return {
        "clip": str(Path(job.clip).resolve()),
        "clip_hash": clip_hash(job.clip),
        "chain": job.chain,
        "crops": catalogue.sees_crops(job.chain, job.networks),
        "frames": list(job.frames) if job.frames else None,
        "image_size": [video.width, video.height],
        "fps": video.fps,
        "camera": job.camera,
        "fov_y_deg": job.fov_y_deg,
        "focal_px": job.focal_px,
        "settings": {"max_people": job.max_people},
    }


def without_networks():
    """What a job that runs no network reports of them."""
    return {
        "stages": {},
        "in_networks": 0.0,
        "provider": "none (take already complete)",
        "detections": 0,
        "runs": {},
    }


def observe(job, chain, video, record, parent):
    """Runs the networks over the pictures that the take does not hold yet."""
    first, end = job.frames or (0, None)
    clock = without_networks()
    if record.finished:
        return clock
    parent.progress(stage="networks", done=0, total=0, seconds=0.0)
    started = time.perf_counter()
    networks = loading.networks(chain, job, parent)
    loaded = [network for network in networks.values() if network]
    clock["stages"]["load"] = time.perf_counter() - started
    clock["provider"] = loaded[-1].provider
    observer = Observer(
        networks,
        chain.options.get("detect_every", 10),
        job.max_people or chain.options.get("max_people", 0),
        loading.intrinsics(job, (video.width, video.height)),
        Background(),
    )
    if record.observations:
        observer.resume(record.observations, last_pictures(job.clip, record.observations))
        first = record.observations[-1].index + 1
    try:
        _look_at_pictures(observer, video, record, parent, (first, end), clock["provider"])
    finally:
        observer.close()
    clock["stages"].update(
        observer.seconds, capture=time.perf_counter() - started - clock["stages"]["load"]
    )
    clock["in_networks"] = sum(network.seconds for network in loaded)
    clock["runs"] = {network.spec.name: dict(network.runs) for network in loaded}
    clock["detections"] = observer.detections
    return clock


def last_pictures(clip, observations):
    """Yields the Pictures of the last observations, as far as the clip still has them."""
    first, last = (seen.index for seen in (observations[-LOOKED_BACK:][0], observations[-1]))
    with contextlib.closing(Video(clip)) as video:
        yield from video.pictures(first, last + 1)


def _look_at_pictures(observer, video, record, parent, frames, provider):
    first, end = frames
    last = min(end or video.announced, video.announced or end or 0)
    started, total = time.perf_counter(), max(last - first, 0)
    seen = 0
    for picture in video.pictures(first, end):
        for observation in observer.observe(picture):
            record.append(observation)
        seen += 1
        elapsed = time.perf_counter() - started
        rate = seen / elapsed
        parent.progress(
            stage="capture", done=seen, total=max(total, seen), seconds=elapsed,
            seconds_left=max(total - seen, 0) / rate, people=len(observer.tracker.tracks),
            frames_per_second=rate, provider=provider,
        )  # fmt: skip
    for observation in observer.flush():
        record.append(observation)
    record.finish()
    if total and seen < 0.98 * total:
        parent.send(
            "log", text=f"The clip ends after {seen} of the {total} pictures that it announces."
        )


def solve(job, record, parent):
    """The take's observations -> Motion and the seconds it took."""
    started = time.perf_counter()
    if not record.observations:
        raise VideoError(f"{job.clip} has no picture in the chosen frame range.")
    description = take.read_description(record.folder / "take.json")
    found = clues.of_take(record.folder, job.clip, record.observations[0].index)
    motion = refit.solve(description, record.observations, job.fit, fit_progress(parent), found)
    return motion, time.perf_counter() - started


def tell_left_out(motion, observations, parent):
    """What the report says of the sightings; in words where some are left out."""
    seen, out = sum(len(one.id) for one in observations), left_out(motion, observations)
    if out:
        parent.send(
            "log",
            text=f"{out} of {seen} sightings of people are left out: seen for less than half a second, "
            "twice, or hardly in the picture.",
        )
    return {"seen": seen, "left_out": out}


def fit_progress(parent):
    """Function that tells the parent the share of the fit that is done; it raises Cancelled when asked to stop."""
    started = time.perf_counter()

    def on_progress(share):
        elapsed = time.perf_counter() - started
        left = elapsed * (1 - share) / share if share else None
        done = round(100 * share)
        parent.progress(stage="fit", done=done, total=100, seconds=elapsed, seconds_left=left)

    return on_progress
