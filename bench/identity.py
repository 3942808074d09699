"""Who is who: identities over time, on boxes of real and made-up crowds, and what following people costs.

TUD-Stadtmitte (MOT15, measuring only) from a detector's boxes and from its own with a fifth dropped; what
PyPI's trackers make of the same boxes; made-up crowds of small and large people; two people who cross, hug,
leave and come back; rendered people over cuts; who comes back into a live picture. One setting for all of them,
that of the program. Places and heights: `bench camera`.
"""

from pathlib import Path

import numpy as np

from ..inference import appearance
from ..inference.take import LOOK_BINS
from ..inference.video import Video
from . import identity_crowds as crowds
from . import identity_cuts, identity_returns
from .identity_boxes import Boxes, track
from .identity_cost import milliseconds
from .metrics_identity import MotmetricsMissing, identity_metrics
from .peers import trackers
from .peers.peer import PeerError
from .readers import mot
from .readers.sequence import DataMissing
from .tables import header, number, row

FOLDER = "media/mot15/TUD-Stadtmitte"
DETECTED, TRUE, CLIP = "det_yolox_tiny.txt", "gt.txt", "media/mot15/TUD-Stadtmitte.mp4"
FPS, IMAGE_SIZE = 25.0, (640, 480)
DROPPED, NOISE = 0.2, 3.0  # share of the true boxes, [px] of each side
SEEDS = range(5)
CROWDS = {  # people, height [px], seconds
    "40 small people": (40, 60, 10),
    "20 people": (20, 150, 15),
    "6 large people": (6, 300, 20),
}
BESIDE = 5  # pictures that an identity may be on somebody else while they are in one place
PEOPLE, PICTURES = 10, 200  # whose cost is measured


def main(args):
    """All tables; returns their numbers."""
    result = {}
    try:
        result["TUD-Stadtmitte"] = real_table(args.data)
        result["made_up"] = crowd_table(SEEDS[:1] if args.short else SEEDS)
    except (DataMissing, MotmetricsMissing) as missing:
        print(f"\nIdentities are not measured: {missing}.")
    result["meetings"] = meeting_table()
    if not args.short:
        result["cuts"] = identity_cuts.table()
        result["returns"] = identity_returns.table()
    result["cost"] = cost_table()
    return result


def real_table(data):
    """TUD-Stadtmitte: our tracker, our second pass, gaps filled, trackers of others."""
    if not data:
        raise DataMissing("no folder of measuring material was named (--data or MONORIG_MATERIAL)")
    folder = Path(data) / FOLDER
    true = mot.tracks(folder / TRUE)
    columns = ("IDF1", "MOTA", "switches", "people")
    header("TUD-Stadtmitte", "", *columns)
    result, reasons = {}, {}
    for title, found in boxes_of(folder, true).items():
        boxes = with_looks(found, Path(data) / CLIP)
        peers, reasons = others(found, len(boxes.box))
        answers = answers_of(boxes) | peers
        result[title] = {name: table_row(title, name, true, one) for name, one in answers.items()}
    for reason in reasons.values():
        print(f"{reason}.")
    return result


def boxes_of(folder, true):
    """{title: {frame: (boxes, scores)}} of a detector, and of the truth with DROPPED and NOISE."""
    found = {"a detector's boxes": mot.detections(folder / DETECTED)}
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        found[f"true boxes, a fifth dropped, {seed}"] = {
            frame: disturbed(np.array(list(people.values())), rng) for frame, people in true.items()
        }
    return found


def disturbed(boxes, rng):
    kept = boxes[rng.random(len(boxes)) >= DROPPED]
    return kept + rng.normal(0, NOISE, kept.shape), np.full(len(kept), 0.9)


def with_looks(found, clip):
    """{frame: (boxes, scores)} and the clip that they are of -> Boxes."""
    nobody = np.zeros((0, 4)), np.zeros(0)
    box, score, looks = [], [], []
    video = Video(clip)
    for picture in video.pictures(0, None):
        boxes, scores = found.get(picture.index, nobody)
        look = [appearance.torso(picture.image, one) for one in boxes]
        box.append(boxes)
        score.append(scores)
        looks.append(np.array(look, np.uint8).reshape(-1, LOOK_BINS, 3))
    video.close()
    return Boxes(box, score, looks, FPS, IMAGE_SIZE)


def answers_of(boxes):
    """{name: {frame: {identity: box}}} of our passes."""
    tracked = track(boxes)
    return {
        "live": tracked.live,
        "whole take": tracked.take,
        "whole take, gaps filled": tracked.filled,
    }


def others(found, num_frames):
    """{name: {frame: {identity: box}}} of trackers on PyPI, {name: why it is left out}."""
    answers, missing = {}, {}
    for name in trackers.TRACKERS:
        try:
            answers[name] = trackers.track(name, found, num_frames)
        except PeerError as reason:
            missing[name] = str(reason)
    return answers, missing


def table_row(title, name, true, found):
    """Prints and returns the measures of one answer."""
    measured = identity_metrics(true, found)
    people = len({identity for here in found.values() for identity in here})
    row(
        title,
        name,
        number(measured["idf1"]),
        number(measured["mota"]),
        measured["switches"],
        people,
    )
    return {**measured, "people": people}


def crowd_table(seeds):
    """Made-up crowds; medians over seeds."""
    header("made-up crowds", "", "IDF1", "MOTA", "switches", "people")
    result = {}
    for title, (people, height, seconds) in CROWDS.items():
        for clothes in ("four colours", "one colour"):
            same = clothes == "one colour"
            made = [crowds.crowd(people, height, seconds, seed, same) for seed in seeds]
            answers = [(one.true, answers_of(one.boxes)) for one in made]
            name = f"{title}, {clothes}"
            result[name] = {way: middle(name, way, answers) for way in answers[0][1]}
    return result


def middle(title, way, answers):
    """Prints and returns the medians over clips of one way."""
    found = [identity_metrics(true, ways[way]) for true, ways in answers]
    people = [len({i for here in ways[way].values() for i in here}) for _, ways in answers]
    measured = {name: float(np.median([one[name] for one in found])) for name in found[0]}
    row(title, way, number(measured["idf1"]), number(measured["mota"]),
        number(measured["switches"], 0), number(np.median(people), 0))  # fmt: skip
    return measured


def meeting_table():
    """Two who cross, hug for 1 s, leave, and come back after 5 s in other order."""
    header("two who cross, hug, leave, come back", "clips", "swaps", "known again", "people found")
    result = {}
    for clothes in ("other clothes", "the same clothes"):
        made = [crowds.meeting(seed, clothes == "the same clothes") for seed in SEEDS]
        found = [track(one.boxes).filled for one in made]
        swaps = sum(swapped(one.true, boxes) for one, boxes in zip(made, found))
        people = [len({i for here in boxes.values() for i in here}) for boxes in found]
        again = sum(number == 2 for number in people)
        row(clothes, len(made), swaps, again, " ".join(map(str, people)))
        result[clothes] = {"swaps": swaps, "known again": again, "clips": len(made)}
    return result


def swapped(true, found):
    """Identities that are on more than one person for more than BESIDE pictures."""
    whose = {}
    for frame, people in found.items():
        for identity, box in people.items():
            nearest = min(
                true[frame], key=lambda one: np.abs(true[frame][one] - box).sum(), default=0
            )
            whose.setdefault(identity, []).append(nearest)
    return sum(
        len(ones) - max(map(ones.count, set(ones))) > BESIDE for ones in whose.values() if any(ones)
    )


def cost_table():
    """Processor time of following PEOPLE, a picture."""
    header(f"following {PEOPLE} people, one thread", "median [ms a picture]", "95 % [ms]")
    result = {}
    for title, keypoints in (("with keypoints", True), ("boxes alone", False)):
        spent = milliseconds(PEOPLE, PICTURES, keypoints)
        median, most = float(np.median(spent)), float(np.percentile(spent, 95))
        result[title] = {"median_ms": median, "most_ms": most}
        row(title, number(median, 2), number(most, 2))
    return result
