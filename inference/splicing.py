"""Who is who over a whole take, with the future: the tracker's numbers taken apart and put together.

1. Tracklets are cut where they may have changed over to somebody else: where two people were in one place,
   where the way bends with a jump, where somebody was not seen for a while.
2. Ends are given to later starts, all at once at the least total unlikeness (`tracklets`, `assignment`),
   short gaps before long ones. What was cut is joined again unless something else fits clearly better.
   Where two people would do equally well after a long absence, nobody is spliced.
3. Two skeletons on one body become one.
4. Over a cut nobody's way goes on; people of one shot are known in another by their clothes (`linking`).

Works from boxes alone too.
"""

import dataclasses

import numpy as np

from .affinity import LEAST_SHARED, SEEN
from .assignment import assign, clear
from .linking import linked
from .take import rows as chosen_rows
from .tracking import SAME_BODY, WAITED
from .tracklets import (
    BRIDGED,
    BRIEFLY,
    WINDOW,
    ends,
    joined,
    straight,
    tracklets,
    unlikeness,
    way_unlikeness,
    ways,
)

ROUNDS = (0.5, BRIDGED, 60.0)  # [s] longest gap that is closed in each
LIMIT = 0.8  # unlikeness of strangers
CLEARLY = 0.15  # the next best must be so much worse, after a long absence
KEPT, ADVANTAGE = 0.78, 0.2  # what was cut is at most so unlike, and less by this without a gap
CROSSED, APART = (
    0.5,
    0.3,
)  # overlap of two people in one place; below this they are two places again
MEETING_OVER = 0.5  # [s]
BEND = 0.9  # unlikeness of the ways before and after
JUMP, NEAR_JUMP = 0.65, 3  # overlap of a box with the last one; pictures
SIDE_LEAST = 3  # pictures on each side of a bend
BEND_WINDOW = 0.8  # [s]
SAME_SHARE = 0.6  # of the time in common


def resolved(observations, image_size):
    """Observations -> the same with numbers that follow from the whole take, in order of appearance."""
    parts = without_doubles(splice(cut(tracklets(observations)), image_size[0]), observations)
    people = linked([part for part in parts if len(part.frames)])
    people.sort(key=lambda parts: min(part.frames[0] for part in parts))
    numbers = [np.zeros(len(seen.id), int) for seen in observations]
    for number, parts in enumerate(people, 1):
        for part in parts:
            for frame, row in zip(part.frames, part.rows):
                numbers[frame][row] = number
    return [_renumbered(seen, number) for seen, number in zip(observations, numbers)]


def _renumbered(seen, numbers):
    kept = chosen_rows(seen, numbers > 0)
    return dataclasses.replace(kept, id=numbers[numbers > 0])


def cut(parts):
    """Tracklets -> [(Tracklet, name of its start, name of its end)]; what was cut has the same name."""
    places = {row: set() for row in range(len(parts))}
    for row, part in enumerate(parts):
        places[row] |= set(np.flatnonzero(np.diff(part.time_s) > BRIEFLY) + 1) | bends(part)
        for other in range(row):
            for at in crossings(part, parts[other]):
                places[row].add(int(np.searchsorted(part.frames, at)))
                places[other].add(int(np.searchsorted(parts[other].frames, at)))
    pieces = []
    for row, part in enumerate(parts):
        edges = [0, *sorted(places[row] - {0, len(part.frames)}), len(part.frames)]
        pieces += [(part.part(a, b), (row, a), (row, b)) for a, b in zip(edges, edges[1:])]
    return pieces


def crossings(a, b):
    """Frames in which two tracklets are nearest to one place, one for each meeting."""
    frames, in_a, in_b = np.intersect1d(a.frames, b.frames, return_indices=True)
    if not len(frames):
        return []
    shared = _overlap_pairs(a.box[in_a], b.box[in_b])
    near = np.flatnonzero(shared > APART)
    times = a.time_s[in_a][near]
    meetings = np.split(near, np.flatnonzero(np.diff(times) > MEETING_OVER) + 1)
    return [
        int(frames[meeting[shared[meeting].argmax()]])
        for meeting in meetings
        if len(meeting) and shared[meeting].max() > CROSSED
    ]


def _overlap_pairs(a, b):
    """Intersection over union of boxes (n,4) with their own partner: (n,)."""
    common = np.clip(np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2]), 0, None)
    area = [(box[:, 2:] - box[:, :2]).prod(-1) for box in (a, b)]
    return common.prod(-1) / np.maximum(area[0] + area[1] - common.prod(-1), 1e-9)


def bends(part):
    """Places in a tracklet before which the way goes elsewhere than after."""
    unlike = np.zeros(len(part.frames))
    way = ways(part.box)
    first = np.searchsorted(part.time_s, part.time_s - WINDOW)
    end = np.searchsorted(part.time_s, part.time_s + WINDOW, side="right")
    for k in range(SIDE_LEAST, len(unlike) - SIDE_LEAST):
        sides = (slice(first[k - 1], k), k - 1), (slice(k, end[k]), k)
        lines = [straight(part.time_s[s] - part.time_s[at], way[s]) for s, at in sides]
        unlike[k] = way_unlikeness(
            *(Line(part.time_s[at], *line) for (_, at), line in zip(sides, lines))
        )
    unlike[~_jumps(part)] = 0
    found = set()
    while unlike.max(initial=0) > BEND:
        k = int(unlike.argmax())
        found.add(_sharpest(part.time_s, way, k))
        unlike[np.abs(part.time_s - part.time_s[k]) < WINDOW] = 0
    return found


def _jumps(part):
    """(n,) bool: near here the box was not where it had been a moment ago; who walks and turns does not jump."""
    stays = np.ones(len(part.box))
    stays[1:] = _overlap_pairs(part.box[:-1], part.box[1:])
    places = np.flatnonzero(stays < JUMP)
    return (np.abs(np.arange(len(stays))[:, None] - places) <= NEAR_JUMP).any(1)


@dataclasses.dataclass(frozen=True)
class Line:
    """A way at a time and its slope, as `tracklets.way_unlikeness` takes it."""

    time_s: float
    way: np.ndarray
    speed: np.ndarray


def _sharpest(time_s, way, k):
    """Place near k at which two straight lines fit the way best, one before and one after."""
    near = np.flatnonzero(np.abs(time_s - time_s[k]) < BEND_WINDOW)
    t, values = time_s[near] - time_s[k], way[near] / [*[np.exp(way[k, 2])] * 2, 1.0]
    places = range(SIDE_LEAST, len(near) - SIDE_LEAST + 1)
    places = [p for p in places if abs(t[p]) < BEND_WINDOW / 2] or [int(np.searchsorted(near, k))]
    return int(
        near[min(places, key=lambda p: _error(t[:p], values[:p]) + _error(t[p:], values[p:]))]
    )


def _error(time_s, values):
    """Sum of squares that a line through values (n,3) leaves."""
    A = np.stack([np.ones_like(time_s), time_s], -1)
    return ((values - A @ np.linalg.lstsq(A, values, rcond=None)[0]) ** 2).sum()


def splice(pieces, width):
    """[(Tracklet, name of its start, name of its end)] -> [Tracklet], what is one person in one."""
    for longest in ROUNDS:
        pieces = sorted(pieces, key=lambda piece: piece[0].time_s[0])
        cost = _costs(pieces, width, longest)
        if longest > BRIDGED:
            cost = clear(cost, CLEARLY)
        follower = dict(zip(*assign(cost, LIMIT)))
        chains = []
        for start in sorted(set(range(len(pieces))) - set(follower.values())):
            chain = [start]
            while chain[-1] in follower:
                chain.append(follower[chain[-1]])
            chains.append([pieces[row] for row in chain])
        pieces = [
            (joined([piece[0] for piece in chain]), chain[0][1], chain[-1][2]) for chain in chains
        ]
    return [piece[0] for piece in pieces]


def _costs(pieces, width, longest):
    """(N,N) of each piece's end with each start that comes within `longest` [s] of it."""
    cost = np.full((len(pieces), len(pieces)), np.inf)
    both = [ends(piece[0], width) for piece in pieces]
    starts, lasts = (np.array([end[side].time_s for end in both]) for side in (0, 1))
    for a, b in zip(*np.nonzero(starts - lasts[:, None] <= longest)):
        if a != b:
            cost[a, b] = unlikeness(pieces[a][0], both[a][1], pieces[b][0], both[b][0])
            gap = starts[b] - lasts[a]
            if pieces[a][2] == pieces[b][1] and gap <= WAITED:
                cost[a, b] = min(cost[a, b], KEPT) - ADVANTAGE * (gap <= BRIEFLY)
    return cost


def without_doubles(parts, observations):
    """Tracklets of which none lies on the same body as a longer one."""
    parts = sorted(parts, key=lambda part: -len(part.frames))
    kept = []
    for part in parts:
        for longer in kept:
            double = _on_body_of(longer, part, observations)
            shared = np.isin(part.frames, longer.frames).sum()
            often = double.sum() > SAME_SHARE * shared
            if often and shared and double.sum() >= 2:
                part = part.without(np.isin(part.frames, longer.frames))
        if len(part.frames):
            kept.append(part)
    return kept


def _on_body_of(longer, part, observations):
    """(n,) bool: frames of a tracklet in which its pose is that of another."""
    double = np.zeros(len(part.frames), bool)
    frames, in_part, in_longer = np.intersect1d(part.frames, longer.frames, return_indices=True)
    near = _overlap_pairs(part.box[in_part], longer.box[in_longer]) > 0
    for frame, place, other_place in zip(frames[near], in_part[near], in_longer[near]):
        seen, row, other = observations[frame], part.rows[place], longer.rows[other_place]
        both = (seen.confidence[[row, other]] > SEEN).all(0)
        if both.sum() >= LEAST_SHARED:
            away = np.linalg.norm(seen.px[row] - seen.px[other], axis=-1)[both].mean()
            double[place] = away < SAME_BODY * np.ptp(seen.px[other][both][:, 1])
    return double
