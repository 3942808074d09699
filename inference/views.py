"""What one network sees in one picture, whatever its layout: everybody's keypoints in the same form."""

from dataclasses import dataclass, replace

import numpy as np

from . import (
    blazepose,
    camera,
    centre_offset,
    lifter,
    location_maps,
    one_shot,
    orpm,
    part_affinity,
    simcc,
    xnect,
    yolox,
)  # fmt: skip
from .decoders import DECODERS, KEYPOINTS
from .keypoints import KEYPOINTS as NAMES

LEAST_SCORE = 0.3  # of a detector's box


@dataclass(frozen=True)
class View:
    """P people, canonical keypoints; NaN / 0 where a network has none."""

    boxes: np.ndarray  # (P,4) x1 y1 x2 y2 [px]
    px: np.ndarray  # (P,K,2) in the picture
    confidence: np.ndarray  # (P,K) 0..1
    X: np.ndarray  # (P,K,3) [m] pelvis-relative, camera axes
    encoding: np.ndarray = None  # (P,K,C) what Stage I of XNect has for a lifter


def needs_boxes(spec):
    """Whether the network looks at one person at a time, whose place another one has to tell."""
    return DECODERS[spec.decoder].crops and DECODERS[spec.decoder].takes != KEYPOINTS


def needs_keypoints(spec):
    """Whether the network lifts keypoints that another one has to find."""
    return DECODERS[spec.decoder].takes == KEYPOINTS


def look(network, image, before=None):
    """Picture (H,W,3) uint8 BGR -> View.

    before   View of another network: its boxes for a network that needs them, its keypoints for a lifter
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


def _one_shot(network, image, before):
    return _people(one_shot.estimate(network, image))


def _centre_offset(network, image, before):
    return _people(centre_offset.estimate(network, image))


LOOKS = {
    "yolox": _detect,
    "simcc": _keypoints_in_boxes,
    "blazepose": _blazepose,
    "location_maps": _location_maps,
    "part_affinity": _part_affinity,
    "orpm": _orpm,
    "xnect": _xnect,
    "lifter": _lift,
    "yolo_pose": _one_shot,
    "rtmo": _one_shot,
    "centre_offset": _centre_offset,
    "movenet": _centre_offset,
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
