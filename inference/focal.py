"""The focal length of an unknown camera: what is usual, what its file says, and what the pictures show.

Everything is a likelihood of the ratio W / f, W = longer side of the picture, on a grid: the inverse of the
focal length is what perspective shows with an even error. Where nothing is seen the usual one is left.
"""

from dataclasses import dataclass

import numpy as np

from .camera import DEFAULT_FIELD_OF_VIEW

USUAL = 2 * np.tan(DEFAULT_FIELD_OF_VIEW / 2)
RATIOS = np.geomspace(0.22, 2.3, 24)  # 13 to 98 degrees
FINE = np.linspace(RATIOS[0], RATIOS[-1], 800)
FILMED, FILMED_SPREAD = 1.15, 0.35  # of cameras that film people: two thirds see 44 to 74 degrees
FILM_WIDTH = 36.0  # [mm]
TAG_SPREAD = 0.1  # of the ratio: films crop the sensor, and stabilise
# What networks show of a body's perspective, stature / distance, is off by this for a whole clip: measured
# on real and rendered clips with known cameras.
BODY_SPREAD = 0.03
SHARED_SPREAD = 0.10  # of W / f: by how much everybody in a clip is off alike
RESIDUALS = 0.7  # of the spread that the residuals say: the same clips
STRAY = 0.02  # of the people are off by anything
LEAST_LIKELY = 1e-12  # of the likeliest
UNDECIDED = 0.01  # log odds of two focal lengths that say nothing: shots then share one
TELLING = 0.9  # of FILMED_SPREAD: what is not known better than this is not known, and the usual one stays


@dataclass(frozen=True)
class Belief:
    """Logarithm of the posterior of W / f, at FINE."""

    log_density: np.ndarray

    @property
    def _density(self):
        density = np.exp(self.log_density - self.log_density.max())
        return density / density.sum()

    @property
    def ratio(self):
        """W / f of the focal length f' whose relative error is expected to be the least.

        E |f' / f - 1| is least where f' is the median of f weighed by 1 / f.
        """
        weight = np.cumsum(self._density * FINE)
        return float(np.interp(weight[-1] / 2, weight, FINE))

    @property
    def spread(self):
        """Standard deviation of W / f, relative to `ratio`."""
        return self._deviation / self.ratio

    @property
    def tells(self):
        """Whether it is known clearly better than before a picture is seen."""
        return self._deviation < TELLING * FILMED_SPREAD

    @property
    def _deviation(self):
        return float(np.sqrt(self._density @ (FINE - self._density @ FINE) ** 2))


@dataclass(frozen=True)
class Told:
    """What one shot tells of its focal length."""

    strengths: tuple  # `perspective.Strength` of the largest people
    other: np.ndarray  # log likelihood at FINE, of straight lines and of the camera's own turns

    @property
    def log_likelihood(self):
        return of_bodies(self.strengths) + self.other


def beliefs(told, before):
    """What each shot told -> [Belief]: shots that seem to have one focal length believe the same.

    A shot joins those before it with which it most likely has one focal length, unless another is likelier:

        log Z(those) + log Z(this) > log Z(both),   Z(shots) = sum of prior x product of likelihoods

    before   log prior at FINE
    """
    likely, groups = [one.log_likelihood for one in told], []
    for row, this in enumerate(likely):
        those = [sum(likely[other] for other in group) for group in groups]
        gains = [_evidence(before, one + this) - _evidence(before, one) for one in those]
        best = int(np.argmax(gains)) if gains else 0
        if gains and gains[best] > _evidence(before, this) - UNDECIDED:
            groups[best].append(row)
        else:
            groups.append([row])
    found = {}
    for group in groups:
        strengths = [one for row in group for one in told[row].strengths]
        log_density = before + of_bodies(strengths) + sum(told[row].other for row in group)
        found |= dict.fromkeys(group, Belief(log_density))
    return [found[row] for row in range(len(told))]


def _evidence(before, log_likelihood):
    """Logarithm of the sum of prior and likelihood, up to a constant of both."""
    joint = before - np.logaddexp.reduce(before) + log_likelihood
    return float(np.logaddexp.reduce(joint))


def prior(focal_35mm=None):
    """What is believed before a picture is seen: (len(FINE),) log density."""
    if focal_35mm is None:
        return gaussian(FILMED, FILMED_SPREAD)
    tagged = FILM_WIDTH / focal_35mm
    return gaussian(tagged, TAG_SPREAD * tagged)


def of_bodies(strengths):
    """`perspective.Strength` of each person -> log likelihood.

    Everybody says it with a spread of their own, or is off by anything; then all are off alike.
    """
    likelihood = np.ones(len(FINE))
    for one in strengths:
        spread = np.hypot(RESIDUALS * one.spread, BODY_SPREAD / one.size)
        normal = np.exp(gaussian(one.ratio, spread)) / (np.sqrt(2 * np.pi) * spread)
        likelihood *= (1 - STRAY) * normal + STRAY / (FINE[-1] - FINE[0])
        likelihood /= likelihood.max()
    blur = np.exp(gaussian(FINE[:, None], SHARED_SPREAD))
    return np.log(blur @ likelihood / blur.sum(1) + LEAST_LIKELY)


def at_fine(scores):
    """Log likelihood at RATIOS, of lines or of the camera's own turns -> at FINE."""
    return np.interp(FINE, RATIOS, scores)


def gaussian(mean, spread):
    return -0.5 * ((FINE - mean) / spread) ** 2
