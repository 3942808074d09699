"""Made-up crowds of walkers as a detector would see them, with clothes: small ones, large ones, meetings.

People walk straight between places of their own on a ground plane seen from above a little, turn now and
then, and hide each other; who is hidden is seen less surely or not at all. Boxes are a person's own, cut by
nobody. Seeded: the same numbers give the same crowd.
"""

from dataclasses import dataclass

import numpy as np

from ..inference.appearance import LEAST_HEIGHT
from ..inference.take import LOOK_BINS
from .identity_boxes import Boxes

IMAGE_SIZE, FPS = (1280, 720), 25.0
WIDE = 0.38  # width of a person, of the height
NOISE = 0.015  # of the height, of each side of a box
MISSED, FALSE = 0.04, 0.02  # share of the boxes that are not seen; pictures with a box of nobody
HIDDEN, HALF_HIDDEN = 0.75, 0.35  # share that is covered: not seen, seen weakly
PACE = (0.5, 0.9)  # heights a second
TURNS = 4.0  # [s] on average


@dataclass(frozen=True)
class Crowd:
    """True boxes {frame: {identity: box}} of everybody in the picture, hidden or not, and what is detected."""

    true: dict
    boxes: Boxes


def crowd(num_people, height_px, seconds, seed, same_clothes=False):
    """People of about that height [px], walking about -> Crowd."""
    rng = np.random.default_rng(seed)
    T = round(seconds * FPS)
    height = height_px * rng.uniform(0.85, 1.15, num_people)
    way = np.stack([_way(T, tall, rng) for tall in height])  # (P,T,2) middle of the feet
    return seen(_boxes(way, height), wardrobe(num_people, rng, same_clothes), rng)


def meeting(seed, same_clothes):
    """Two cross, meet again and hug for 1 s, leave, come back after 5 s, each on the other's side -> Crowd."""
    rng = np.random.default_rng(seed)
    height, middle, out = 300.0, IMAGE_SIZE[0] / 2, 900.0
    legs = [  # seconds, place of the first from the middle [px]; the second mirrors it
        (0.0, -450), (3.0, 250), (4.5, 25), (5.5, 25), (8.0, out), (8.02, -out), (12.0, -out),
        (14.5, -300), (16.0, -300),
    ]  # fmt: skip
    t = np.arange(round(legs[-1][0] * FPS)) / FPS
    x = np.interp(t, *zip(*legs))
    y = np.full(len(t), 600.0)
    way = np.stack([np.stack([middle + side * x, y + 8 * (side > 0)], -1) for side in (1, -1)])
    return seen(_boxes(way, np.array([height, 0.95 * height])), wardrobe(2, rng, same_clothes), rng)


def wardrobe(num_people, rng, same_clothes):
    """(P,2) bins of hue and saturation of what each wears; of four colours in a crowd."""
    colours = np.array([[1, 22], [8, 18], [15, 20], [21, 14]])
    worn = np.zeros(num_people, int) if same_clothes else np.arange(num_people) % len(colours)
    return colours[rng.permutation(worn) if num_people > 2 else worn]


def _way(T, height, rng):
    """(T,2) feet of somebody who walks, and turns now and then, and keeps to the picture."""
    low = np.array([0.0, height])
    place = rng.uniform(low, IMAGE_SIZE)
    out = np.empty((T, 2))
    heading = rng.uniform(0, 2 * np.pi)
    for t in range(T):
        if rng.random() < 1 / (TURNS * FPS):
            heading += rng.normal(0, 1.2)
        step = (
            height * rng.uniform(*PACE) / FPS * np.array([np.cos(heading), 0.25 * np.sin(heading)])
        )
        if not ((place + step >= low) & (place + step <= IMAGE_SIZE)).all():
            heading += np.pi * 0.9
            step = -step
        place = place + step
        out[t] = place
    return out


def _boxes(way, height):
    """Feet (P,T,2) and heights (P,) -> boxes (P,T,4)."""
    half = WIDE * height[:, None] / 2
    x, y = way[..., 0], way[..., 1]
    return np.stack([x - half, y - height[:, None], x + half, y], -1)


def seen(boxes, clothes, rng):
    """True boxes (P,T,4) and clothes (P,2) -> Crowd."""
    true, found = {}, ([], [], [])
    for t in range(boxes.shape[1]):
        inside = np.flatnonzero((boxes[:, t, 2] > 5) & (boxes[:, t, 0] < IMAGE_SIZE[0] - 5))
        here = np.clip(boxes[inside, t], 0, np.tile(IMAGE_SIZE, 2))
        true[t] = {int(p) + 1: box for p, box in zip(inside, here)}
        for values, more in zip(found, _detected(here, clothes[inside], rng)):
            values.append(more)
    return Crowd(true, Boxes(*found, FPS, IMAGE_SIZE))


def _detected(boxes, clothes, rng):
    """-> boxes (N,4), scores (N,), looks (N,LOOK_BINS,3) of one picture."""
    covered = [_covered(box, boxes[boxes[:, 3] > box[3]]) for box in boxes]
    kept = [p for p, part in enumerate(covered) if part < HIDDEN and rng.random() > MISSED]
    box = boxes[kept]
    tall = (box[:, 3] - box[:, 1])[:, None]
    box = box + rng.normal(0, NOISE, box.shape) * tall
    score = np.array([0.3 if covered[p] > HALF_HIDDEN else rng.uniform(0.6, 0.95) for p in kept])
    looks = [_look(clothes[p], covered[p], h, rng) for p, h in zip(kept, tall[:, 0])]
    looks = np.array(looks, np.uint8).reshape(-1, LOOK_BINS, 3)
    if rng.random() < FALSE:
        corner = rng.uniform(0, 500, 2)
        box = np.concatenate([box, [[*corner, *(corner + [40, 110])]]])
        score = np.append(score, 0.55)
        looks = np.concatenate([looks, np.zeros((1, LOOK_BINS, 3), np.uint8)])
    return box.reshape(-1, 4), score, looks


def _covered(box, others):
    """Largest share of a box that somebody nearer to the camera covers."""
    low, high = np.maximum(others[:, :2], box[:2]), np.minimum(others[:, 2:], box[2:])
    common = np.clip(high - low, 0, None).prod(-1)
    return common.max(initial=0.0) / max((box[2:] - box[:2]).prod(), 1.0)


def _look(clothes, covered, height, rng):
    """A look at somebody's clothes through light and noise; nothing of who is small or hidden."""
    look = np.zeros((LOOK_BINS, 3), np.uint8)
    if height < LEAST_HEIGHT or covered > HALF_HIDDEN:
        return look
    spread = clothes + rng.normal(0, [0.8, 1.5], (LOOK_BINS, 2)) + rng.normal(0, [0.4, 1.0])
    look[:, 0], look[:, 1] = spread[:, 0].round() % 30, np.clip(spread[:, 1].round(), 0, 29)
    look[:, 2] = rng.integers(40, 256, LOOK_BINS)
    return look
