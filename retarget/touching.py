"""Hands that touch: where a hand of the source rests on something, the rig's hand rests there too.

A hand touches *something* (the ground, a table, a wall) while it stays where it is and the shoulder moves, or
while it rests near the floor. It touches the *body* while it stays beside the other hand, a knee, a hip or the
head; at hips and head only with a bent elbow, as arms that hang down touch nothing. The wrist then goes
    to one place in the world, scaled as hips and soles are (root_motion.py), where it touches something;
    as far from the part of the body as on the person, in the part's own axes, times the ratio of the legs;
    beside the middle between both wrists, where hands touch each other.
"""

from dataclasses import dataclass

import numpy as np

from . import planting, roles

SHORTEST = 0.25  # [s] of a touch
PIVOT = 1.6  # so many times as fast as a sole may a wrist go that turns over a palm at rest
STILL = 0.06  # legs around the middle of a touch within which a wrist is kept where it is
WAY = 0.06  # legs that the shoulder moves at least, while a hand rests on something
SHARE = 0.35  # of the shoulder's way that a hand which rests may go
LOW = 0.14  # legs above the floor: a wrist that rests lower leans on it
# part of the body: how near the wrist is to where it starts [legs], how far the elbow is bent at least [rad]
PARTS = {"hand": (0.20, 0.0), "shin": (0.22, 0.0), "thigh": (0.30, 0.9), "head": (0.30, 1.2)}
STRAIGHT = 0.05  # sine of the bend below which an arm bends about its hinge
ARM = ("upper_arm", "forearm", "hand")


@dataclass(frozen=True)
class Touch:
    """One hand, while it touches one thing."""

    side: str
    part: str  # role of the body that it touches, "" = something in the world
    keys: np.ndarray  # (K,) indices
    beside: (
        np.ndarray
    )  # (K,3) the wrist from the part's start, in the part's joint frame; else in the world


def touches(person, floor, times):
    """PersonMotion, floor (N,) under it, times (N,) [s] -> list of Touch, each key of a hand in one at most."""
    found = []
    for part in person.shown():
        for side in roles.SIDES:
            free = np.ones(len(part), bool)
            for touch in _of_hand(person, side, part, floor[part], times[part]):
                kept = free[touch.keys]
                free[touch.keys] = False
                if kept.any():
                    keys = part[touch.keys[kept]]
                    found.append(Touch(side, touch.part, keys, touch.beside[kept]))
    return found


def _of_hand(person, side, part, floor, times):
    """Yields the touches of a hand in the keys of `part`, keys counted from there; the surest first."""
    shoulder, elbow, wrist = (person.places[f"{name}.{side}"][part] for name in ARM)
    for keys in _rests(wrist, np.ones(len(part), bool), person.leg, times):
        way, still = (np.linalg.norm(np.ptp(p[keys], axis=0)) for p in (shoulder, wrist))
        leans = (wrist[keys, 2] - floor[keys]).mean() < LOW * person.leg
        if leans or (way > WAY * person.leg and still < SHARE * way):
            yield Touch(side, "", keys, _held(wrist[keys], STILL * person.leg))
    bend = _bend(shoulder, elbow, wrist)
    for role, (near, least_bend) in _parts(side):
        if role not in person.places:
            continue
        away = wrist - person.places[role][part]
        beside = away
        if not role.startswith("hand"):
            beside = np.einsum("nji,nj->ni", person.turned[role][part, 0], away)
        close = np.linalg.norm(away, axis=-1) < near * person.leg
        for keys in _rests(beside, close & (bend >= least_bend), person.leg, times):
            yield Touch(side, role, keys, beside[keys])


def _held(places, radius):
    """Places (K,3) drawn to their middle by as much as the radius."""
    away = places - places.mean(0)
    far = np.linalg.norm(away, axis=-1, keepdims=True)
    return places.mean(0) + away * np.maximum(1 - radius / np.maximum(far, 1e-12), 0.0)


def _parts(side):
    """Yields role, limits of the parts that the hand of a side may touch."""
    for name, limits in PARTS.items():
        for role in dict.fromkeys(roles.sided(name, one) for one in roles.SIDES):
            if role != f"hand.{side}":
                yield role, limits


def _rests(places, where, leg, times):
    """Index arrays of stretches in which a point (N,3) rests and `where` (N,) holds."""
    on = planting.resting(places[:, None], PIVOT * leg, times)[:, 0] & where
    long = (s for s in planting.stretches(on) if times[s[-1]] - times[s[0]] >= SHORTEST)
    return list(long)


def _bend(shoulder, elbow, wrist):
    """(N,) [rad] by which the arm is not straight."""
    upper, lower = elbow - shoulder, wrist - elbow
    cross = np.linalg.norm(np.cross(upper, lower), axis=-1)
    return np.arctan2(cross, (upper * lower).sum(-1))


@dataclass(frozen=True)
class Rig:
    """What hands have to know of the rig that they are on."""

    place: dict  # role -> (N,3) where it starts in the world
    joint: object  # function of a role: its joint frame (N,3,3)
    placed: (
        object  # function that brings places (K,3) of the source at keys (K,) to the rig's world
    )
    scale: float  # ratio of the legs


def shift(found, side, rig, times):
    """(N,3) how far the wrist of a side has to go, let go softly beside its touches; None where there are none.

    found (list of Touch), rig (Rig), times (N,) [s]
    """
    mine = [touch for touch in found if touch.side == side and _is_there(rig, touch.part)]
    if not mine:
        return None
    asked, on = np.zeros((len(times), 3)), np.zeros(len(times), bool)
    for touch in mine:
        asked[touch.keys] = _goal(rig, touch) - rig.place[f"hand.{side}"][touch.keys]
        on[touch.keys] = True
    return planting.carried_over(asked, on, times) * planting.eased(on, times)[:, None]


def _is_there(rig, part):
    return not part or (part in rig.place and np.isfinite(rig.place[part]).all())


def _goal(rig, touch):
    """(K,3) where the wrist belongs."""
    at = touch.keys
    if not touch.part:
        return rig.placed(touch.beside, at)
    if touch.part.startswith("hand"):
        middle = (rig.place["hand.L"][at] + rig.place["hand.R"][at]) / 2
        return middle + touch.beside * rig.scale / 2
    beside = np.einsum("nij,nj->ni", rig.joint(touch.part)[at], touch.beside)
    return rig.place[touch.part][at] + beside * rig.scale


def bend_axis(shoulder, elbow, wrist, hinge):
    """(N,3) unit axis about which an arm bends; that of its hinge (N,3) where it is straight."""
    normal = np.cross(elbow - shoulder, wrist - elbow)
    length = np.linalg.norm(elbow - shoulder, axis=-1) * np.linalg.norm(wrist - elbow, axis=-1)
    axis = normal / length[:, None] + STRAIGHT * hinge
    return axis / np.linalg.norm(axis, axis=-1, keepdims=True)
