"""Whom the networks see in one picture, on the way into the take."""

from dataclasses import dataclass, replace

import numpy as np

from . import blazepose
from .affinity import People, people
from .take import SHAPES, as_kept


@dataclass(frozen=True)
class Sighting:
    """N people of one picture."""

    numbers: np.ndarray  # (N,) that the tracker gave
    people: People
    looks: np.ndarray  # (N,KEPT,3) at the clothes; 0 = not looked at
    located: blazepose.Locations  # 3D, None = not found yet

    def __len__(self):
        return len(self.numbers)

    def __getitem__(self, rows):
        located = blazepose.joined([(self.located, rows)])
        return Sighting(self.numbers[rows], self.people[rows], self.looks[rows], located)

    def named(self, numbers, boxes):
        """The same with the numbers and the boxes of the tracker."""
        return replace(self, numbers=numbers, people=replace(self.people, box=boxes))

    def as_kept(self):
        """Boxes as precise as in the log, so that a resumed take goes on from the very same numbers."""
        return replace(self, people=replace(self.people, box=as_kept(self.people.box)))


def nobody():
    """An empty Sighting."""
    looks = np.zeros((0, *SHAPES["torso"]), np.uint8)
    return Sighting(np.zeros(0, int), people(np.zeros((0, 4))), looks, None)


def together(a, b):
    """Two Sightings of one picture as one."""
    both = {
        name: np.concatenate([getattr(a.people, name), getattr(b.people, name)])
        for name in People.__dataclass_fields__
    }
    located = [(one.located, slice(None)) for one in (a, b)]
    return Sighting(
        np.concatenate([a.numbers, b.numbers]),
        People(**both),
        np.concatenate([a.looks, b.looks]),
        blazepose.joined(located),
    )
