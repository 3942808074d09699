"""Who is who over cuts: rendered clips one after the other, whose people are known by name.

Two clips in a row are a true cut: another place, camera and light; some people are in both, in the same clothes.
Clip, other clip, rest of the clip is how conversations are cut. Numbers are judged by whom they are on for most
of a shot.
"""

from collections import Counter
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from ..inference import splicing
from ..inference.appearance import torso
from ..inference.keypoints import LIMB_JOINTS, indices
from ..inference.tracking import meeting
from ..inference.video import Video
from . import scenes
from .tables import header, row

NEAR = 0.15  # mean distance of limb joints, of the size, at which a number is on a person
LEAST_FRAMES = 12  # of a number in a shot, to be judged
EVERY = 4  # frames: one of so many is looked at
NUMBERS = 1000  # of one clip are below this
KINDS = ("right", "wrong", "left open", "new ones right", "new ones taken for others")
LIMBS = indices(LIMB_JOINTS)
LOOKS = np.arange(0, 40, 5)  # pictures after a cut in which the clothes are looked at


@dataclass(frozen=True)
class Part:
    """Some pictures of a clip."""

    observations: list
    people: dict  # {name: limb joints (T,12,2) [px], NaN where not to be seen}
    fps: float
    image_size: tuple

    def __getitem__(self, frames):
        people = {name: px[frames] for name, px in self.people.items()}
        return replace(self, observations=self.observations[frames], people=people)


def parts():
    """{clip: Part} of the rendered clips that are here."""
    found = {}
    for scene in scenes.synthetic_scenes():
        people = {case.name.split(", ")[1]: case.px for case in scene.cases}
        case = scene.cases[0]
        seen = looked_again(case.observations, scene.clip)
        found[scene.clip.stem] = Part(seen, people, case.fps, case.image_size)
    return found


def looked_again(observations, clip):
    """Observations whose clothes are looked at once more in the middle, as the tracker does after a cut."""
    found, middle = list(observations), len(observations) // 2
    video = Video(clip)
    for picture in video.pictures(middle, None):
        if picture.index in LOOKS + middle and picture.index < len(found):
            seen = found[picture.index]
            people = zip(seen.box, seen.px, seen.confidence, meeting(seen.box), seen.torso)
            looks = [
                look if beside else torso(picture.image, *person)
                for *person, beside, look in people
            ]
            found[picture.index] = replace(
                seen, torso=np.array(looks, np.uint8).reshape(seen.torso.shape)
            )
    video.close()
    return found


def table():
    """How people are linked over cuts -> {way: {kind: number}}; nothing where no clip has been rendered."""
    clips = list(parts().values())
    if not clips:
        return {}
    header("over cuts, rendered people", "cuts", *KINDS)
    others = list(zip(clips, clips[1:]))
    shared = [(a, b) for a, b in combinations(clips, 2) if set(a.people) & set(b.people)]
    ways = {
        "two clips with somebody in both": shared,
        "two clips, mostly of other people": others,
        "a clip, another, the rest of the first": [
            (a[: half(a)], b, a[half(a) :]) for a, b in others
        ],
        "a cut within a clip": [(a[: half(a)], a[half(a) :]) for a in clips],
    }
    result = {}
    for title, rows in ways.items():
        counts = Counter(kind for shots in rows for kind in judged(shots))
        result[title] = {kind: counts[kind] for kind in KINDS}
        row(title, sum(len(shots) - 1 for shots in rows), *result[title].values())
    return result


def half(part):
    """Its middle picture."""
    return len(part.observations) // 2


def in_a_row(shots):
    """Parts -> Observations of one clip with cuts between them."""
    found = []
    for number, part in enumerate(shots):
        for t, seen in enumerate(part.observations):
            found.append(
                replace(
                    seen,
                    index=len(found),
                    time_s=len(found) / part.fps,
                    id=seen.id + number * NUMBERS,
                    cut=bool(number) and t == 0,
                )
            )
    return found


def judged(shots):
    """Parts one after the other -> kinds of links, one for each person of every shot but the first."""
    resolved = splicing.resolved(in_a_row(shots), shots[0].image_size)
    before, met, first = {}, set(), 0
    for part in shots:
        end = first + len(part.observations)
        names = named(resolved[first:end], part)
        for number, name in names.items() if first else ():
            if number in before:
                right = before[number] == name
                taken = "wrong" if name in met else "new ones taken for others"
                yield "right" if right else taken
            else:
                yield "left open" if name in met else "new ones right"
        before |= names
        met |= set(names.values())
        first = end


def named(observations, part):
    """{number: name} of the numbers of a shot; of each person the one that is on it for longest."""
    on, names = Counter(), list(part.people)
    true = np.array([part.people[name] for name in names])  # (P,T,12,2)
    for t in range(0, len(observations), EVERY):
        seen = observations[t]
        away = np.linalg.norm(seen.px[:, None, LIMBS] - true[:, t], axis=-1)
        known = np.isfinite(away)
        mean = np.where(known, away, 0).sum(-1) / np.maximum(known.sum(-1), 1)
        mean[~known.any(-1)] = np.inf
        size = (seen.box[:, 2:] - seen.box[:, :2]).max(-1, initial=0.0)
        for person in np.flatnonzero(mean.min(-1, initial=np.inf) < NEAR * size):
            on[int(seen.id[person]), names[mean[person].argmin()]] += EVERY
    longest = {}
    for (number, name), count in on.most_common():
        if count >= LEAST_FRAMES and number not in longest and name not in longest.values():
            longest[number] = name
    return longest
