"""The camera that nobody told: focal length, roll and pitch, the ground, and people's heights.

On real and rendered video with known cameras, on known motions before made-up ones, and on TUD-Stadtmitte
(MOT15) with its camera: where people are on the ground, with no knowledge of their heights.
Sources: docs/how-it-works.md. The truth of TUD-Stadtmitte are annotated boxes; a box's lower edge is
taken as the ground there, and its upper edge as the crown.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..inference import autocalibration, people
from ..inference import camera as cameras
from ..inference.camera import towards
from ..inference.clues import Clues, of_take
from ..inference.evidence import gather
from ..inference.fit import Clip, fit
from ..inference.fit_settings import FitSettings
from ..inference.keypoints import INDEX
from ..inference.skeleton import SKELETON
from ..inference.take import read_description, read_log
from . import motions, scenes, synthetic
from .readers.sequence import DataMissing
from .real_takes import CLIPS, REFERENCE, VIEWS, TruthMissing, captured
from .synthetic_observations import HABITS, IMAGE_SIZE, PLAIN, film, random_camera
from .tables import header, number, row

SEEDS = (0, 1, 2)
TUD, TUD_CAMERA = "media/mot15/TUD-Stadtmitte.mp4", "reference/mot15_TUD-Stadtmitte_camera.npz"
SAME_BOX = 0.5  # overlap from which a box is that of the truth
ON_FEET = ("walk", "dance", "jump", "boxing")


@dataclass(frozen=True)
class Known:
    """A clip whose camera is known."""

    name: str
    observations: list
    clip: Clip
    ratio: float  # W / f
    up: np.ndarray  # (3,) in the axes of the camera


def main(args):
    """All tables; returns their numbers."""
    result = {}
    for title, clips in (("real", real_clips), ("rendered", rendered_clips)):
        try:
            shown = list(clips(args.data))
            result[title] = video_table(title, shown[:: 3 if args.short and len(shown) > 2 else 1])
        except (TruthMissing, DataMissing) as missing:
            print(f"\n{title} video is left out: {missing}.")
    if motions.available(args.data):
        result["made_up"] = made_up_table(args.data, SEEDS[:1] if args.short else SEEDS)
    else:
        print("\nMade-up cameras are left out: the measuring material has no motions.")
    try:
        result["ground"] = ground_table(args.data)
    except TruthMissing as missing:
        print(f"\nThe ground is left out: {missing}.")
    return result


def real_clips(data):
    """The two views of pose2sim's demo; raises TruthMissing."""
    path = need(data, REFERENCE)
    with np.load(path, allow_pickle=False) as truth:
        for view, name in enumerate(VIEWS):
            video = need(data, f"{CLIPS}/{name}.mp4")
            seen, clip = taken(video)
            focal, up = float(truth["K"][view, 0, 0]), truth["R"][view] @ truth["up_world"]
            yield Known(name, seen, clip, max(clip.image_size) / focal, up)


def rendered_clips(data):
    """The rendered clips that are there and whose camera stands still."""
    for found in synthetic.find([scenes.RENDERED]):
        truth = found.load()
        case = scenes.rendered_scene(found.video, truth).cases[0]
        clip = Clip(case.image_size, case.fps, case.clues, case.crops)
        up = truth.T_world_camera[0, 2, :3]
        yield Known(truth.name, case.observations, clip, max(case.image_size) / truth.K[0, 0], up)


def taken(video):
    """Observations of a clip, and what the fit knows of it."""
    folder = captured(video)
    observations, _, _ = read_log(folder / "observations.log")
    found = read_description(folder / "take.json")
    clues = of_take(folder, video, observations[0].index)
    return observations, Clip(tuple(found["image_size"]), found["fps"], clues, crops=True)


def need(data, part):
    """Path in the measuring material; raises TruthMissing."""
    if not data:
        raise TruthMissing("no folder of measuring material was named (--data or MONORIG_MATERIAL)")
    path = Path(data) / part
    if not path.exists():
        raise TruthMissing(f"{path} is not there")
    return path


def solved(known, clues):
    """-> relative error of the focal length, roll and pitch error [deg], where the focal length is from."""
    clip, assumed = replace(known.clip, clues=clues), cameras.make(known.clip.image_size)
    found = people.identities(known.observations, clip.fps)
    evidence = gather(known.observations, found, assumed, clip.image_size)
    time_s = np.array([o.time_s for o in known.observations])
    camera, up = autocalibration.calibrated(evidence, time_s, clip, assumed)
    error = camera.K[0, 0] * known.ratio / max(clip.image_size) - 1
    return error, *(roll_and_pitch(up.direction) - roll_and_pitch(known.up)), camera.source


def roll_and_pitch(up):
    """[deg] of a camera with this up."""
    return np.degrees([np.arctan2(up[0], -up[1]), np.arcsin(np.clip(-up[2], -1, 1))])


def usual_error(known):
    """Relative error of the focal length that is assumed."""
    size = known.clip.image_size
    return cameras.make(size).K[0, 0] * known.ratio / max(size) - 1


def video_table(title, clips):
    """People and lines, people alone, and what is usual."""
    header(f"{title} video", "W / f", "people and lines: f [%]", "roll, pitch [deg]", "source",
           "people alone: f [%]", "roll, pitch [deg]", "54 degrees: f [%]")  # fmt: skip
    both, alone, usual = [], [], []
    for known in clips:
        both.append(solved(known, known.clip.clues))
        alone.append(solved(known, Clues()))
        usual.append(usual_error(known))
        row(known.name, number(known.ratio, 2), *_cells(both[-1]), both[-1][3], *_cells(alone[-1]),
            number(100 * usual[-1], 0))  # fmt: skip
    result = {"people and lines": _medians(both), "people": _medians(alone)}
    result["usual"] = {"focal": float(np.median(np.abs(usual)))}
    row("median of the absolute", "", *_cells(_in_order(result["people and lines"])), "",
        *_cells(_in_order(result["people"])), number(100 * result["usual"]["focal"], 0))  # fmt: skip
    return result


def _cells(found):
    return number(100 * found[0], 0), f"{number(found[1])}, {number(found[2])}"


def _medians(found):
    values = np.median(np.abs([one[:3] for one in found]), axis=0)
    return dict(zip(("focal", "roll", "pitch"), map(float, values), strict=True))


def _in_order(medians):
    return [medians[name] for name in ("focal", "roll", "pitch")]


def made_up_table(data, seeds):
    """Known motions before made-up cameras: 35 to 80 degrees, people alone, one person a clip."""
    header(
        "made-up cameras, one person", "clips", "f [%]", "roll, pitch [deg]", "54 degrees: f [%]"
    )
    result = {}
    for title, errors in (("plain errors", PLAIN), ("errors of networks", HABITS)):
        clips = [known for seed in seeds for known in made_up(data, errors, seed)]
        found = [(known, solved(known, Clues())) for known in clips]
        for kinds, chosen in (
            ("on their feet", [one for known, one in found if known.name in ON_FEET]),
            ("all", [one for _, one in found]),
        ):
            medians = _medians(chosen)
            usual = float(np.median(np.abs([usual_error(known) for known in clips])))
            row(
                f"{title}, {kinds}",
                len(chosen),
                *_cells(_in_order(medians)),
                number(100 * usual, 0),
            )
            result[f"{title}, {kinds}"] = medians
    return result


def made_up(data, errors, seed):
    """Known motions as networks show them: their 3D is as if the camera were turned to the person."""
    for line, (motion, path) in enumerate(motions.available(data)):
        rng = np.random.default_rng([seed, line])
        performance = motions.perform(motion, path, rng)
        state = rng.bit_generator.state
        camera = random_camera(performance.pose.markers, rng)
        rng.bit_generator.state = state
        filmed = film(performance, rng, errors)
        ray = filmed.X[:, INDEX["pelvis"]]
        turned = [
            replace(seen, X=seen.X @ towards(one)) for seen, one in zip(filmed.observations, ray)
        ]
        ratio = max(IMAGE_SIZE) / camera.K[0, 0]
        up = camera.R_camera_world[:, 2]
        yield Known(motion[0], turned, Clip(IMAGE_SIZE, motions.FPS), ratio, up)


def ground_table(data):
    """TUD-Stadtmitte with its camera: places on the ground and heights, nothing told of people."""
    with np.load(need(data, TUD_CAMERA), allow_pickle=False) as stored:
        truth = dict(stored)
    observations, clip = taken(need(data, TUD))
    T = np.eye(4)
    T[:3, :3], T[:3, 3] = truth["R"].T, truth["camera_centre"]
    camera = cameras.make(clip.image_size, K=truth["K"], T_world_camera=T)
    motion = fit(observations, clip, camera, FitSettings(level=False))
    header("TUD-Stadtmitte, its camera given", "frames", "place [m]", "height [m]", "truth [m]")
    places, ratios, crowns = [], [], box_heights(truth)
    for person, identity in enumerate(motion.identity):
        errors, whose = place_errors(motion, person, truth)
        if not errors:
            continue
        usual = max(set(whose), key=whose.count)
        height = float(motion.height_m[person])
        places += errors
        ratios.append(height / crowns[usual])
        row(f"person {identity}", len(errors), number(np.median(errors), 2), number(height, 2),
            number(crowns[usual], 2))  # fmt: skip
    result = {
        "place": float(np.median(places)),
        "height": float(np.median(np.abs(np.array(ratios) - 1))),
    }
    row(
        "median", len(places), number(result["place"], 2), f"{number(100 * result['height'])} %", ""
    )
    return result


def place_errors(motion, person, truth):
    """Distances [m] on the ground in the frames in which the person's box is one of the truth, and whose."""
    feet = [SKELETON.joint_names.index(f"foot.{side}") for side in "LR"]
    errors, whose = [], []
    for t in np.flatnonzero(motion.present[person] & np.isfinite(motion.box[person, :, 0])):
        lines = truth["gt"][truth["gt"][:, 0] == motion.frame[t] + 1]
        overlap = [overlapping(motion.box[person, t], line[2:6]) for line in lines]
        if overlap and max(overlap) > SAME_BOX:
            line = lines[int(np.argmax(overlap))]
            place = motion.T_world_joint[person, t, feet, :2, 3].mean(0)
            errors.append(float(np.linalg.norm(place - line[7:9])))
            whose.append(int(line[1]))
    return errors, whose


def overlapping(box, rectangle):
    """Intersection over union of x1 y1 x2 y2 and left, top, width, height."""
    low, high = rectangle[:2], rectangle[:2] + rectangle[2:]
    inside = np.prod(np.maximum(0, np.minimum(box[2:], high) - np.maximum(box[:2], low)))
    return inside / (np.prod(box[2:] - box[:2]) + np.prod(rectangle[2:]) - inside)


def box_heights(truth):
    """{identity: median height [m] of its boxes on a billboard where they stand}."""
    heights, centre = {}, truth["camera_centre"]
    for line in truth["gt"]:
        place = line[7:10]
        px = np.array([line[2] + line[4] / 2, line[3], 1.0])
        ray = truth["R"].T @ np.linalg.inv(truth["K"]) @ px
        ahead = (place - centre) * [1, 1, 0]
        crown = centre + ray * ((place - centre) @ ahead) / (ray @ ahead)
        heights.setdefault(int(line[1]), []).append(crown[2] - place[2])
    return {identity: float(np.median(values)) for identity, values in heights.items()}
