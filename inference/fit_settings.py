"""What a user may choose of the fit: sent with a job, kept in the take, shown in the panel."""

from dataclasses import asdict, dataclass, fields

from .edits import Edits

SOLVERS = ("raw", "live", "take")
WEIGHTS = ("monorig", "vnect", "xnect")


class FitSettingsError(ValueError):
    """A fit setting cannot be used; one sentence for the user."""


@dataclass(frozen=True)
class FitSettings:
    """How skeletons are fitted to what the networks saw.

    solver      raw: the closed-form pose of every frame by itself, no filter, no time
                live: frame after frame, sees no future
                take: all frames at once
    weights     of the live solver, a name in `fit_live.PRESETS`: ours, or as published
    smoothing   2 = twice as smooth, 0.5 = half; raw is never smoothed
    planted     0..1, how firmly feet that stand keep their place, 0 = not at all; take only
    limits      joints are kept within what joints can do; raw poses always are
    level       find up and the ground from the people; False = the camera's pose is known, or is
                taken as level and at the world's origin
    max_people  0 = everybody, else the people seen longest
    mirrored    the clip shows everything as in a mirror, as front cameras do; the result does not
    edits       who is who; kept by the take under a name of its own
    """

    solver: str = "take"
    smoothing: float = 1.0
    planted: float = 1.0
    limits: bool = True
    level: bool = True
    max_people: int = 0
    edits: Edits = Edits()
    weights: str = "monorig"
    mirrored: bool = False

    def check(self):
        """Raises FitSettingsError for the first setting that makes no sense."""
        for kind, chosen, known in (
            ("solver", self.solver, SOLVERS),
            ("set of weights", self.weights, WEIGHTS),
        ):
            if chosen not in known:
                raise FitSettingsError(
                    f'There is no {kind} "{chosen}"; there are: {", ".join(known)}.'
                )
        if not (_is_number(self.smoothing) and 0 < self.smoothing < float("inf")):
            raise FitSettingsError(
                f"Smoothing must be a number greater than 0, and is {self.smoothing}."
            )
        if not (_is_number(self.planted) and 0 <= self.planted <= 1):
            raise FitSettingsError(
                f"Planted feet must be a number from 0 to 1, and are {self.planted}."
            )
        for what, chosen in (
            ("Levelling", self.level),
            ("Joint limits", self.limits),
            ("Mirrored", self.mirrored),
        ):
            if not isinstance(chosen, bool):
                raise FitSettingsError(f"{what} must be true or false, and is: {chosen}.")
        if type(self.max_people) is not int or self.max_people < 0:
            raise FitSettingsError(
                f"The number of people must be a whole number, 0 or more, and is {self.max_people}."
            )

    def to_json(self):
        """dict without the edits, which the take keeps by themselves."""
        data = asdict(self)
        del data["edits"]
        return data

    @classmethod
    def from_json(cls, data):
        """What `to_json` gave -> FitSettings; raises FitSettingsError."""
        known = {field.name for field in fields(cls)} - {"edits"}
        if not isinstance(data, dict) or set(data) - known:
            raise FitSettingsError(f"Fit settings are {', '.join(sorted(known))} and nothing else.")
        settings = cls(**data)
        settings.check()
        return settings


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)
