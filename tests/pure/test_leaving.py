"""Who leaves the picture is not followed by what is left of an arm."""

from dataclasses import replace

import numpy as np
from filmed import observations
from monorig.inference.leaving import without_remains
from synthetic_motion import IMAGE_SIZE, synthetic_motion

FRAMES, GONE = 16, 12


def leaves(first=GONE, end=FRAMES, over=True, unsure=True):
    """Two people, of whom the first is an arm in some pictures: at the border or not, unsure or a strip."""
    seen = observations(synthetic_motion(people=2, frames=FRAMES, gaps=False))
    for t in range(first, end):
        box, confidence = seen[t].box.copy(), seen[t].confidence.copy()
        box[0, 2] = box[0, 2] - box[0, 0] - 20 if unsure else 12
        box[0, 0] = -20
        if not over:
            box[0, [0, 2]] += 200
        confidence[0, 6:] = 0.2 if unsure else 0.9
        seen[t] = replace(seen[t], box=box, confidence=confidence)
    return seen


def present(seen):
    """{identity: frames}"""
    return {i: [t for t, one in enumerate(seen) if i in one.id] for i in (1, 2)}


def test_remains_at_both_ends_are_left_out():
    everywhere = list(range(FRAMES))
    assert present(without_remains(leaves(), IMAGE_SIZE)) == {1: everywhere[:GONE], 2: everywhere}
    narrow = without_remains(leaves(unsure=False), IMAGE_SIZE)
    assert present(narrow) == {1: everywhere[:GONE], 2: everywhere}
    entering = without_remains(leaves(0, 3), IMAGE_SIZE)
    assert present(entering) == {1: everywhere[3:], 2: everywhere}


def test_who_is_hidden_inside_the_picture_or_in_between_stays():
    for seen in (leaves(over=False), leaves(5, 9)):
        assert without_remains(seen, IMAGE_SIZE) == seen


def test_of_whom_only_boxes_are_known_nothing_is_left_out():
    seen = [replace(one, confidence=np.zeros_like(one.confidence)) for one in leaves()]
    assert without_remains(seen, IMAGE_SIZE) == seen


def test_each_shot_by_itself():
    seen = leaves()
    seen[GONE] = replace(seen[GONE], cut=True)
    assert without_remains(seen, IMAGE_SIZE) == seen  # a close-up of an arm
