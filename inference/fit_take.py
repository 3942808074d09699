"""The take fit: all frames of a person at once, with the future, and the person's proportions with them.

Minimises over q(t) and the segment lengths s

    sum_t  E_3D (bone vectors) + E_2D (reprojection) + E_lim + E_rest   +   |acceleration of q|^2   +   |s|^2

by Gauss-Newton steps on the block-banded normal equations (`banded`), observations weighed robustly,
Levenberg's damping, windows with overlap for long takes; nothing but the lengths goes over a cut of the
clip. Segment lengths are exp(s) times the universal ones; the network's limbs, which are too short by a
constant factor, are scaled to the person once, so that no free scale can collapse.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from . import contacts
from .analytic_pose import analytic_pose
from .kinematics import forward
from .retouch import nothing_said
from .rotations import wrapped
from .skeleton import NUM_ROOT, SEGMENTS, SKELETON, scaled_body
from .take_problem import TakeProblem, TakeSettings
from .targets import Targets, pair_lengths, root_by_reprojection, targets

START = 0.23  # [s] over which the raw 3D is calmed for the start
NO_AXIS = 1e-6  # [rad] a smaller rotation has no axis


def start_poses(target, X_camera, time_s, camera, body):
    """Closed-form pose of every frame: q (T,D), continuous; frames without evidence from their neighbours.

    From the median of the raw 3D over START seconds: an outlier there would leave a limb in a wrong minimum.
    """
    step = np.median(np.diff(time_s)) if len(time_s) > 1 else START
    calm = running_median(X_camera, int(round(START / 2 / max(step, 1e-3))))
    q = analytic_pose(calm @ camera.R_camera_world)
    posed = forward(q, body).markers
    q[:, :3] = camera.T_world_camera[:3, 3] + root_by_reprojection(posed, target, camera)
    seen = (target.px_weight > 0).any(-1) & (target.vector_weight.max(-1) > 0)
    frames = np.arange(len(q))
    if seen.any():
        nearest = frames[seen][np.abs(frames[:, None] - frames[seen]).argmin(1)]
        q = q[nearest]
    q[:, 3:NUM_ROOT] = continuous(q[:, 3:NUM_ROOT])
    return q


def running_median(X, reach):
    """Median over `reach` frames either side of values (T,...), of those that are numbers; NaN if none is."""
    reach = min(reach, len(X) - 1)
    around = np.pad(X, [(reach, reach)] + [(0, 0)] * (X.ndim - 1), constant_values=np.nan)
    ordered = np.sort(sliding_window_view(around, 2 * reach + 1, axis=0), axis=-1)  # NaN last
    known = np.isfinite(ordered).sum(-1, keepdims=True)
    last = np.maximum(known - 1, 0)
    pair = last // 2, last - last // 2
    return sum(np.take_along_axis(ordered, index, -1)[..., 0] for index in pair) / 2


def continuous(rotvec, before=None):
    """Rotation vectors (...,T,3) without jumps of a whole turn between frames, nor from `before` (...,3).

    After a whole turn the axis of a rotation is undefined: there the last one is kept.
    """
    out = wrapped(rotvec)
    for t in range(out.shape[-2]):
        last = out[..., t - 1, :] if t else before
        if last is None:
            continue
        now = out[..., t, :]
        axis = np.where(_size(now) > NO_AXIS, now, last)
        axis = axis / np.maximum(_size(axis), NO_AXIS)
        turns = np.round(((last - now) * axis).sum(-1, keepdims=True) / (2 * np.pi))
        out[..., t, :] = np.where(np.isfinite(turns), now + turns * 2 * np.pi * axis, now)
    return out


def _size(v):
    return np.linalg.norm(v, axis=-1, keepdims=True)


def solve(problem, q, s, on_step=lambda share: None):
    """Gauss-Newton through the rounds of the settings, then with the feet planted.

    q (T,D), s (G,) -> q, s, contact (T,4); on_step is told the share of the work after each step
    """
    settings = problem.settings
    planting = settings.contact_rounds + settings.held_rounds * problem.holds_feet
    share = 1 / (len(settings.rounds) + planting)

    def step_done():
        on_step(share)

    for loss in dict.fromkeys(settings.rounds):
        q, s = descend(problem, q, s, loss, settings.rounds.count(loss), step_done)
        problem.adapt(q)
    if np.isfinite(settings.contact) and len(q) > 2:
        problem.plant(q, s)
        q, s = descend(problem, q, s, settings.rounds[-1], planting, step_done)
    return q, s, problem.contact


def descend(problem, q, s, loss, rounds, on_step):
    """Damped Gauss-Newton steps: q (T,D), s (G,) -> q, s; the cost never rises."""
    damping = 1e-3
    cost, equations = problem.evaluate(q, s, loss)
    for _ in range(rounds):
        dq, ds = equations.step(damping)
        trial_s = s + ds if problem.solve_lengths else s
        trial_cost, trial_equations = problem.evaluate(q + dq, trial_s, loss)
        if trial_cost < cost:
            q, s, cost, equations = q + dq, trial_s, trial_cost, trial_equations
            damping /= 5
        else:
            damping *= 8
        on_step()
    return q, s


def segments(present, time_s, bridge, cuts=()):
    """Runs [first, end) of frames (T,) bool that are solved together: gaps up to `bridge` [s] inside.

    cuts   frames with which another shot begins: no run goes over one
    """
    seen = np.flatnonzero(present)
    if not len(seen):
        return []
    shot = np.searchsorted(cuts, seen, side="right")
    breaks = np.flatnonzero((np.diff(time_s[seen]) > bridge) | (np.diff(shot) > 0))
    firsts = np.concatenate([seen[:1], seen[breaks + 1]])
    lasts = np.concatenate([seen[breaks], seen[-1:]])
    return [(int(a), int(b) + 1) for a, b in zip(firsts, lasts)]


def windows(first, end, window, overlap):
    """Ranges of at most `window` frames that cover [first, end), each reaching `overlap` into the next."""
    if end - first <= window:
        return [(first, end)]
    count = int(np.ceil((end - first - overlap) / (window - overlap)))
    starts = np.linspace(first, end - window, count).astype(int)
    return [(int(a), int(a) + window) for a in starts]


def fit_person(
    evidence,
    person,
    time_s,
    body,
    camera,
    settings=TakeSettings(),
    on_frames=lambda n: None,
    said=None,
    cuts=(),
):
    """One person over all frames -> q (T,D), NaN where nobody was for longer than the bridge; contact (T,4);
    Body with this person's segment lengths.

    body   Body of universal proportions; on_frames is told after each step how many more frames are done
    said   `retouch.Said` of this person, or None
    cuts   frames with which another shot begins: everybody jumps there
    """
    said = said or nothing_said(len(time_s))
    solved = _solver(evidence, person, time_s, body, camera, settings, on_frames, said)
    q = np.full((len(time_s), SKELETON.num_dofs), np.nan)
    contact = np.zeros((len(time_s), len(contacts.FEET)), bool)
    runs = segments(evidence.present[person], time_s, settings.bridge, cuts)
    pieces = [(run[0], windows(*run, settings.window, settings.overlap)) for run in runs]
    known = evidence.trust[person].sum(-1)
    ranges = [window for _, parts in pieces for window in parts]
    best = max(ranges, key=lambda window: known[slice(*window)].sum(), default=None)
    results, s = {}, np.zeros(len(SEGMENTS))
    if best:
        results[best] = solved(*best, s, settings.length > 0)
        s = results[best][1]
    for first, parts in pieces:
        blended = first  # frames before it are final
        for a, b in parts:
            part_q, _, planted = results.pop((a, b), None) or solved(a, b, s, False)
            contact[blended:b] = planted[blended - a :]
            _blend(q, part_q, a, b, blended)
            blended = b
    contact[list(cuts)] = False  # a foot stands elsewhere after a cut
    return q, contact, scaled_body(body, s)


def _solver(evidence, person, time_s, body, camera, settings, on_frames, said):
    """Function (first, end, s (G,), whether lengths are solved) -> q, s, contact of these frames."""
    X = evidence.X[person]
    target = targets(evidence, person, pair_lengths(body, settings), settings)

    def solved(first, end, s, solve_lengths):
        chosen = slice(first, end)
        part = Targets(*(getattr(target, name)[chosen] for name in Targets.__dataclass_fields__))
        place = time_s[chosen], body, camera, settings, solve_lengths, said.during(chosen)
        start = start_poses(part, X[chosen], time_s[chosen], camera, scaled_body(body, s))
        done = lambda share: on_frames(share * (end - first))  # noqa: E731
        return solve(TakeProblem(part, *place), start, s, done)

    return solved


def _blend(q, solved, first, end, blended):
    """Writes a window into q; where the last window reached, the two are faded into each other."""
    shared = blended - first
    if shared > 0:
        fade = ((np.arange(shared) + 1) / (shared + 1))[:, None]
        solved[:, 3:NUM_ROOT] = _same_turn(
            solved[:, 3:NUM_ROOT], q[blended - 1, 3:NUM_ROOT], shared - 1
        )
        q[first:blended] = (1 - fade) * q[first:blended] + fade * solved[:shared]
    q[max(blended, first) : end] = solved[max(shared, 0) :]


def _same_turn(rotvec, reference, row):
    """Rotation vectors (T,3) unwrapped so that `row` is next to `reference` (3,)."""
    before = continuous(rotvec[row::-1], reference)[::-1]
    return np.concatenate([before, continuous(rotvec[row + 1 :], before[-1])])
