"""Published data sets: each sequence captured once, its observations kept in the cache, fitted anew each time.

Settings are the default ones: nothing is told of the camera or of the people. Pictures are packed into a
clip byte for byte (Motion JPEG), which is removed when it has been captured. To measure on a few sequences
only, name a folder that holds only those. The networks alone give no top of the head: one joint less.
"""

import re
import shutil
from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np

from ..cli import fetch
from ..inference import cache
from ..inference.client import Client
from ..inference.fit_settings import FitSettings
from ..inference.job import Job
from ..inference.refit import refit
from ..inference.take_folder import OUT
from . import metrics, metrics_people
from .readers.sequence import DataMissing
from .real_takes import CHAIN, observer_digest

METRIC, SIZE, BONES = "as it is", "at the true size", "with the true bones"
RAW, LIVE, TAKE = "networks alone", "live fit", "take fit"


@dataclass(frozen=True)
class Answer:
    """What was found in a sequence: M people over its T frames, NaN = not there."""

    X: np.ndarray  # (M,T,J,3) [m], camera axes; J = 14 without a head
    px: np.ndarray  # (M,T,J,2)


def answered(reader, data, title):
    """Yields (Sequence, {name: Answer}) of all sequences in the folder; says what is left out."""
    try:
        names = reader.sequences(data)
    except DataMissing as missing:
        print(f"\n{title} is left out: {missing}.")
        return
    for name in names:
        try:
            sequence = reader.read(data, name)
            found = answers(sequence, captured(sequence, title))
        except DataMissing as missing:
            print(f"{title}, {name}, is left out: {missing}.")
            continue
        yield sequence, found


def answers(sequence, take):
    """{RAW, LIVE, TAKE: Answer} from the folder of a take."""
    live, whole = (refit(take, FitSettings(solver=solver))[0] for solver in ("live", "take"))
    return {
        RAW: _answer(sequence, whole, whole.X_raw, len(metrics.JOINTS)),
        LIVE: _answer(sequence, live, live.X_cam),
        TAKE: _answer(sequence, whole, whole.X_cam),
    }


def _answer(sequence, motion, X, num_joints=None):
    """Points X (M,.,K,3) of a Motion -> Answer with the joints of the truth, at its frames."""
    rows = _published if sequence.X.shape[2] == len(metrics.PUBLISHED) else _limbs
    there = motion.frame < len(sequence.X)
    values = []
    for points in (X, motion.px):
        chosen = rows(points, motion.keypoint_names)[:, :, :num_joints]
        result = np.full((len(X), len(sequence.X), *chosen.shape[2:]), np.nan)
        result[:, motion.frame[there]] = chosen[:, there]
        values.append(result)
    return Answer(*values)


def _published(points, names):
    return metrics.published_joints(points, names)


def _limbs(points, names):
    return np.stack([metrics.limb_joints(person, names) for person in points])


def paired(sequence, answer, ruler):
    """Found and true people in the order of the annotations: X, Y (T,P,J,3) [m], NaN = not there.

    METRIC   as it is, against the truth as recorded
    SIZE     everybody scaled once for the clip to the true length from knee to neck, which methods that
             are trained on a data set have learned; against the universal skeleton where there is one
    BONES    as SIZE, and with the bone lengths of the truth (`metrics_people.with_bones_of`), root-relative
    """
    universal = ruler != METRIC and sequence.X_universal is not None
    Y = (sequence.X_universal if universal else sequence.X)[:, :, : answer.X.shape[2]]
    Y = np.where(sequence.counts[..., None, None], Y, np.nan)
    X = answer.X if ruler == METRIC else metrics_people.at_scale_of(answer.X, Y)
    X = _in_order(sequence, X, answer.px)
    if ruler == BONES:
        X, Y = metrics.root_relative(X), metrics.root_relative(Y)
        X = metrics_people.with_bones_of(X, Y)
    return X, Y


def far(sequence, answer, ruler):
    """Errors [mm] (T,P,J-1), infinite for what was not found, NaN where nothing counts."""
    return metrics.errors_missing_as_far(*paired(sequence, answer, ruler))


def _in_order(sequence, X, px):
    """People X (M,T,J,3) -> (T,P,J,3) as annotated; of one person without pixels, who is seen longest."""
    if sequence.px is not None:
        return metrics_people.matched(sequence.px[:, :, : X.shape[2]], sequence.counts, X, px)
    present = np.isfinite(X[:, :, metrics.PELVIS, 0])
    result = np.full(X.shape[1:], np.nan)
    for person in np.argsort(present.sum(1)):
        result[present[person]] = X[person, present[person]]
    return result[:, None]


def numbers(titles, values):
    """{title: value} of the values that there are, for --json."""
    return {title: v for title, v in zip(titles, values) if v is not None and v == v}


def captured(sequence, title):
    """Folder of the take of a sequence; captured, or captured further, if it is not finished."""
    home = cache.folder() / "bench"
    stem = re.sub(r"[^A-Za-z0-9]+", "_", f"{title} {sequence.name}")
    folder = home / f"{stem}-{observer_digest()}"
    if (folder / OUT).exists():
        return folder
    for old in home.glob(f"{stem}-*"):
        if old != folder:
            shutil.rmtree(old)
    folder.mkdir(parents=True, exist_ok=True)
    clip = sequence.clip or pack(sequence.pictures, sequence.fps, folder / "pictures.mkv")
    fetch.fetch_chain(CHAIN)
    print(f"capturing {title}, {sequence.name} ({len(sequence.X)} frames) ...", flush=True)
    client = Client()
    client.start(Job(clip=str(clip), take=str(folder), chain=CHAIN))
    try:
        last = client.wait(lambda message: None)
    finally:
        client.close()
    if last.type != "done":
        raise DataMissing(f"it could not be captured: {last.fields['text'].rstrip('.')}")
    if sequence.clip is None:
        clip.unlink()
    return folder


def pack(pictures, fps, path):
    """JPEG pictures of one size -> a clip of Motion JPEG, the same bytes each time; returns its path."""
    first = cv2.imread(str(pictures[0]))
    if first is None:
        raise DataMissing(f"{pictures[0]} is no picture that can be read")
    step = 1 / Fraction(fps)
    with av.open(str(path), "w", format="matroska", options={"fflags": "bitexact"}) as clip:
        stream = clip.add_stream("mjpeg", rate=Fraction(fps))
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = "yuvj420p"
        for index, picture in enumerate(pictures):
            packet = av.Packet(picture.read_bytes())
            packet.stream, packet.time_base = stream, step
            packet.pts = packet.dts = index
            packet.is_keyframe = True
            clip.mux(packet)
    return path
