"""What one network sees in one picture, whatever its layout: everybody's keypoints in the same form."""

from dataclasses import dataclass, replace

import numpy as np

from . import (
    blazepose,
    camera,
    centre_offset,
    faces,
    hands,
    lifter,
    location_maps,
    one_shot,
    orpm,
    palms,
    part_affinity,
    simcc,
    xnect,
    yolox,
)  # fmt: skip
from .chain_forms import DETAILS
from .decoders import DECODERS, KEYPOINTS
from .keypoints import KEYPOINTS as NAMES
from .keypoints import indices

LEAST_SCORE = 0.3  # of a detector's box
SEEN = 0.5  # presence of a hand or a face


@dataclass(frozen=True)
class View:
    """P people, canonical keypoints; NaN / 0 where a network has none."""

    boxes: np.ndarray  # (P,4) x1 y1 x2 y2 [px]
    px: np.ndarray  # (P,K,2) in the picture
    confidence: np.ndarray  # (P,K) 0..1
    X: np.ndarray  # (P,K,3) [m] pelvis-relative, camera axes
    encoding: np.ndarray = None  # (P,K,C) what Stage I of XNect has for a lifter
    points: np.ndarray = None  # (P,L,2) of hands or faces, which then stand for the people [px]


def needs_boxes(spec):
    """Whether the network looks at one person at a time, whose place another one has to tell."""
    return DECODERS[spec.decoder].crops and DECODERS[spec.decoder].takes != KEYPOINTS


def needs_keypoints(spec):
    """Whether the network lifts keypoints that another one has to find."""
    return DECODERS[spec.decoder].takes == KEYPOINTS


def needs_poses(spec):
    """Whether the network looks at details of people whose 2D and 3D other ones have to find."""
    return DECODERS[spec.decoder].gives in DETAILS.values()


def look(network, image, before=None):
    """Picture (H,W,3) uint8 BGR -> View.

    before   View of another network: its boxes for a network that needs them, its keypoints for a lifter,
             both 2D and 3D for hands and faces
    """
    return LOOKS[network.spec.decoder](network, image, before)


def _detect(network, image, before):
    boxes = yolox.detect(network, image)
    boxes = boxes[boxes[:, 4] > LEAST_SCORE]
    return _view(len(boxes), boxes=boxes[:, :4])


def _keypoints_in_boxes(network, image, before):
    px, confidence = simcc.estimate(network, image, before.boxes)
    return _view(len(px), px=px, confidence=confidence)


def _blazepose(network, image, before):
    return _located(blazepose.follow(network, image, before.boxes))


def _location_maps(network, image, before):
    regions = np.array([location_maps.square(box) for box in before.boxes])
    K = camera.make(image.shape[1::-1]).K
    return _located(location_maps.estimate(network, image, regions, K))


def _lift(network, image, before):
    found = lifter.lift(network, before.px, before.confidence, image.shape[1::-1], before.encoding)
    return _located(found)


def _orpm(network, image, before):
    return _located(orpm.estimate(network, image))


def _xnect(network, image, before):
    found = xnect.estimate(network, image)
    view = _view(len(found.px), px=found.px, confidence=found.confidence)
    return replace(view, encoding=found.encoding)


def _part_affinity(network, image, before):
    px, confidence = part_affinity.estimate(network, image)
    return _view(len(px), px=px, confidence=confidence)


def _whole_people(kind):
    """The look of the module `kind`, which gives boxes with keypoints."""
    return lambda network, image, before: _people(kind.estimate(network, image))


def _hands(network, image, before):
    regions = hands.regions_of_wrists(before, before, _scale(before)).reshape(-1, 5)
    return _details(hands, network, image, regions)


def _faces(network, image, before):
    return _details(faces, network, image, faces.regions_of_eyes(before, _scale(before)))


def _palms(network, image, before):
    wrists = before.px[:, indices(["wrist_l", "wrist_r"])].reshape(-1, 2)
    scale = np.repeat(_scale(before), 2)
    there = np.isfinite(wrists).all(-1) & np.isfinite(scale)
    regions = _known(palms.estimate(network, image, wrists[there], scale[there]))
    half = regions[:, 2:4] / 2
    return _view(
        len(regions), boxes=np.concatenate([regions[:, :2] - half, regions[:, :2] + half], -1)
    )


def _scale(before):
    return hands.pixels_per_metre(before.px, before.X, before.confidence)


def _known(regions):
    return regions[np.isfinite(regions).all(-1)]


def _details(kind, network, image, regions):
    """View of hands or faces (the module `kind`), one for each that is there in regions (N,5)."""
    regions = _known(regions)
    if not len(regions):
        return _view(0)
    for _ in range(2):  # the second time round their own points
        found = kind.estimate(network, image, regions)
        regions = kind.regions_of_points(found.px)
    points = found.px[found.presence > SEEN]
    boxes = np.concatenate([points.min(1), points.max(1)], -1)
    return replace(_view(len(points), boxes=boxes), points=points)


LOOKS = {
    "yolox": _detect,
    "simcc": _keypoints_in_boxes,
    "blazepose": _blazepose,
    "location_maps": _location_maps,
    "part_affinity": _part_affinity,
    "orpm": _orpm,
    "xnect": _xnect,
    "lifter": _lift,
    "yolo_pose": _whole_people(one_shot),
    "rtmo": _whole_people(one_shot),
    "hand": _hands,
    "palm": _palms,
    "face": _faces,
    "centre_offset": _whole_people(centre_offset),
    "movenet": _whole_people(centre_offset),
}


def _located(found):
    return _view(len(found.px), px=found.px, confidence=found.visibility, X=found.X)


def _people(found):
    return _view(len(found.px), boxes=found.boxes[:, :4], px=found.px, confidence=found.confidence)


def _view(count, boxes=None, px=None, confidence=None, X=None):
    """What there is, the rest filled up; without boxes those round the keypoints."""
    px = np.full((count, len(NAMES), 2), np.nan) if px is None else px
    confidence = np.zeros((count, len(NAMES))) if confidence is None else confidence
    X = np.full((count, len(NAMES), 3), np.nan) if X is None else X
    return View(boxes_round(px) if boxes is None else boxes, px, confidence, X)


def boxes_round(px):
    """Smallest boxes (P,4) round keypoints (P,K,2), of which each person has at least one."""
    known = np.isfinite(px)
    low, high = np.where(known, px, np.inf).min(1), np.where(known, px, -np.inf).max(1)
    return np.concatenate([low, high], -1)
