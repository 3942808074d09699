"""What is believed of a focal length: the usual one, unless something is seen."""

import numpy as np
import pytest
from monorig.inference import focal
from monorig.inference.camera import make
from monorig.inference.perspective import Strength

SIZE = (1920, 1080)


def strengths(ratio, people=1, size=0.5, spread=0.1):
    return [Strength(ratio, spread, size, 30)] * people


def belief(*logs):
    return focal.Belief(sum(logs))


def test_before_anything_is_seen_nothing_is_told():
    nothing = belief(focal.prior(), focal.of_bodies([]))
    assert nothing.ratio == pytest.approx(focal.FILMED, rel=0.1) and not nothing.tells
    usual = max(SIZE) / make(SIZE).K[0, 0]
    assert usual == pytest.approx(focal.USUAL) == pytest.approx(focal.FILMED, rel=0.15)


def test_the_relative_error_of_the_focal_length_is_expected_to_be_least():
    found = belief(focal.prior(), focal.of_bodies(strengths(0.8)))
    density = np.exp(found.log_density)

    def error(ratio):
        return density @ np.abs(focal.FINE / ratio - 1)

    assert error(found.ratio) <= min(error(found.ratio * by) for by in (0.9, 0.99, 1.01, 1.1))


@pytest.mark.parametrize("ratio", [0.63, 1.0, 1.6])
def test_bodies_draw_the_belief_to_what_they_show(ratio):
    found = belief(focal.prior(), focal.of_bodies(strengths(ratio)))
    assert abs(found.ratio - ratio) < 0.5 * abs(focal.FILMED - ratio) + 0.01
    assert found.tells


def test_more_and_larger_people_say_it_more_surely():
    def spread(**people):
        return belief(focal.prior(), focal.of_bodies(strengths(1.0, **people))).spread

    assert spread(people=4) < 0.85 * spread()
    assert spread(size=0.9) < spread(size=0.3) < spread(size=0.05)
    assert spread(people=100, size=1.0, spread=0.01) > focal.SHARED_SPREAD / 2


def test_somebody_far_away_hardly_counts():
    far = belief(focal.prior(), focal.of_bodies(strengths(2.2, size=0.015)))
    assert far.ratio == pytest.approx(focal.FILMED, rel=0.15) and not far.tells


def test_one_who_says_something_else_than_all_others_is_not_believed():
    others = focal.of_bodies(strengths(0.9, people=3))
    stray = focal.of_bodies(strengths(0.9, people=3) + strengths(2.3))
    assert belief(focal.prior(), stray).ratio == pytest.approx(
        belief(focal.prior(), others).ratio, rel=0.05
    )


def test_the_tag_of_the_file_is_believed_more_than_what_is_usual():
    tagged = belief(focal.prior(26.0))
    assert tagged.ratio == pytest.approx(36 / 26, rel=0.01)
    assert tagged.spread == pytest.approx(focal.TAG_SPREAD, rel=0.1)


def test_lines_that_support_one_focal_length_decide():
    scores = -50.0 * (focal.RATIOS - 0.8) ** 2
    found = belief(focal.prior(), focal.at_fine(scores))
    assert found.ratio == pytest.approx(0.8, abs=0.05)
    assert not belief(focal.prior(), focal.at_fine(np.full(len(focal.RATIOS), 7.0))).tells


NOTHING_ELSE = np.zeros(len(focal.FINE))


def told(*ratios, **said):
    """Shots of one person each, None = of nobody."""
    people = [strengths(ratio, **said) if ratio else [] for ratio in ratios]
    return [focal.Told(tuple(one), NOTHING_ELSE) for one in people]


def test_shots_that_seem_to_have_one_focal_length_share_it():
    alone = [focal.beliefs([one], focal.prior())[0] for one in told(0.9, 1.05)]
    first, second = focal.beliefs(told(0.9, 1.05), focal.prior())
    assert first.ratio == second.ratio
    assert alone[0].ratio < first.ratio < alone[1].ratio
    assert first.spread < min(one.spread for one in alone)


def test_shots_of_two_focal_lengths_come_back_to_their_own():
    wide, narrow, again, still = focal.beliefs(told(1.9, 0.5, 1.8, 0.55), focal.prior())
    assert wide.ratio == again.ratio > 1.5 and narrow.ratio == still.ratio < 0.7


def test_a_shot_that_tells_nothing_has_the_focal_length_of_the_others():
    known, unknown = focal.beliefs(told(0.7, None), focal.prior())
    assert unknown.ratio == known.ratio and unknown.tells
