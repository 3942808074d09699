"""Clip time to scene frames. A scene's frame rate is fps / fps_base, said once, here."""

import numpy as np

NTSC_BASE = 1.001
SAME_RATE = 2e-4  # relative; 29.97 and 30000/1001 are the same rate
ON_FRAME = (
    0.03  # [frames] a key this near a whole frame is put on it (containers round time stamps)
)


def frame_rate(fps):
    """Rate of a clip -> (fps, fps_base) as Blender keeps it: 25 -> (25, 1), 30000/1001 -> (30, 1.001)."""
    for base in (1.0, NTSC_BASE):
        whole = round(fps * base)
        if whole >= 1 and abs(whole / base - fps) <= SAME_RATE * fps:
            return whole, base
    whole = max(1, round(fps))
    return whole, whole / fps


def same_rate(a, b):
    """Whether two rates are the same within the rounding of file headers."""
    return abs(a - b) <= SAME_RATE * max(a, b)


def scene_frames(time_s, scene_fps, start_frame):
    """time_s (T,) [s] -> scene frames (T,) float, time 0 at `start_frame`, near ones set on the frame.

    Frames stay strictly increasing: where two would fall on the same frame, neither is moved.
    """
    frames = np.asarray(time_s, float) * scene_fps + start_frame
    nearest = np.round(frames)
    snapped = np.where(np.abs(frames - nearest) <= ON_FRAME, nearest, frames)
    crowded = np.zeros(len(frames), bool)
    if len(frames) > 1:
        tight = np.diff(snapped) <= 0
        crowded[1:] |= tight
        crowded[:-1] |= tight
    return np.where(crowded, frames, snapped)


def whole_frames(frames, held):
    """Keys at frames (N,) -> the whole frames that they span (M,), and after which
    of those nothing is seen (M,) bool.

    held  (N,) bool: nothing is seen between this key and the next
    """
    first, last = np.ceil(frames[0] - ON_FRAME), np.floor(frames[-1] + ON_FRAME)
    whole = np.arange(first, last + 1)
    before = np.clip(np.searchsorted(frames, whole + ON_FRAME) - 1, 0, len(frames) - 1)
    in_gap = held[before] & (whole - frames[before] > ON_FRAME) & (before < len(frames) - 1)
    seen = np.flatnonzero(~in_gap)
    ends = np.append(np.diff(before[seen]) > 0, False)
    ends[:-1] &= [held[a:b].any() for a, b in zip(before[seen][:-1], before[seen][1:])]
    return whole[seen], ends
