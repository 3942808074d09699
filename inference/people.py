"""Who is in the take: the tracker's numbers made into identities."""

import numpy as np

LEAST_SECONDS = 0.5  # seen for less: not a person worth an armature


def identities(observations, fps, max_people=0):
    """Observations -> {identity: [(frame row, person row), …]}, numbered from 1 as they appear.

    max_people   0 = everybody, else those seen longest
    """
    places = {}
    for t, seen in enumerate(observations):
        for row, number in enumerate(np.asarray(seen.id)):
            places.setdefault(int(number), []).append((t, row))
    least = min(LEAST_SECONDS * fps, 0.5 * len(observations))
    lasting = {number: where for number, where in places.items() if len(where) >= least}
    if max_people:
        longest = sorted(lasting, key=lambda number: -len(lasting[number]))[:max_people]
        lasting = {number: where for number, where in lasting.items() if number in longest}
    first_seen = sorted(lasting.values(), key=lambda where: where[0])
    return dict(enumerate(first_seen, start=1))
