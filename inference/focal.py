"""The focal length of an unknown camera: what is usual, what its file says, and what the pictures show.

Everything is a likelihood of the ratio W / f, W = longer side of the picture, on a grid: the inverse of the
focal length is what perspective shows with an even error. Where nothing is seen the usual one is left.
"""

from dataclasses import dataclass

import numpy as np

from .camera import DEFAULT_FIELD_OF_VIEW

USUAL = 2 * np.tan(DEFAULT_FIELD_OF_VIEW / 2)
RATIOS = np.geomspace(0.22, 2.3, 24)  # 126 to 47 degrees
FINE = np.linspace(RATIOS[0], RATIOS[-1], 800)
USUAL_SPREAD = 0.4  # of cameras: two thirds see 35 to 71 degrees
FILM_WIDTH = 36.0  # [mm]
TAG_SPREAD = 0.1  # of the ratio: films crop the sensor, and stabilise
# What networks show of a body's perspective, stature / distance, is off by this for a whole clip: measured
# on real and rendered clips with known cameras.
BODY_SPREAD = 0.03
SHARED_SPREAD = 0.10  # of W / f: by how much everybody in a clip is off alike
CERTAIN = 0.34  # relative spread from which next to nothing was seen, and the usual one stays


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
        """Mean of W / f."""
        return float(self._density @ FINE)

    @property
    def spread(self):
        """Standard deviation of W / f, relative to its mean."""
        return float(np.sqrt(self._density @ (FINE - self.ratio) ** 2)) / self.ratio


def prior(focal_35mm=None):
    """What is believed before a picture is seen: (len(FINE),) log density."""
    if focal_35mm is None:
        return gaussian(USUAL, USUAL_SPREAD)
    tagged = FILM_WIDTH / focal_35mm
    return gaussian(tagged, TAG_SPREAD * tagged)


def of_bodies(strengths):
    """`perspective.Strength` of each person -> log likelihood."""
    if not strengths:
        return np.zeros(len(FINE))
    ratio, spread, size = (
        np.array([getattr(one, name) for one in strengths]) for name in ("ratio", "spread", "size")
    )
    weight = 1 / (spread**2 + (BODY_SPREAD / size) ** 2)
    return gaussian(weight @ ratio / weight.sum(), np.sqrt(1 / weight.sum() + SHARED_SPREAD**2))


def at_fine(scores):
    """Log likelihood at RATIOS, of lines or of the camera's own turns -> at FINE."""
    return np.interp(FINE, RATIOS, scores)


def gaussian(mean, spread):
    return -0.5 * ((FINE - mean) / spread) ** 2
