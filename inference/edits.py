"""The animator's say about a take: kept in the take, applied before every fit.

    {"ignore": [2], "merge": [[1, 4]], "split": [{"identity": 1, "frame": 120}],
     "swap": [{"identity": 1, "other": 2, "frame": 60}],
     "name": {"1": "Ann"}, "height": {"1": 1.82},
     "region": [0, 0, 640, 480], "still": true, "limit": 2,
     "sides": [{"identity": 1, "first": 10, "end": 20}],
     "feet": [{"identity": 1, "first": 10, "end": 20, "foot": "l", "hold": true}],
     "smooth": [{"identity": 1, "first": 10, "end": 20, "factor": 2.0}]}

Who is who: splits come first, then merges, then swaps, then what is ignored. A split makes a new identity
for the later part; two who are swapped exchange places from a frame on; numbers are never used twice. What
is left may be narrowed: to those who are mostly inside a region of the picture (x1 y1 x2 y2 [px]), to those
who ever move (posters and mannequins do not), to the `limit` people seen longest. Everybody keeps the number.

What they do, over frames first..end-1 of the file, see `retouch`: left and right are exchanged; a foot
stands or is free; the motion is so many times as smooth. Of two that overlap the later one counts, and left
and right exchanged twice are as they were.
"""

from dataclasses import asdict, astuple, dataclass, field


class EditsError(Exception):
    """The edits make no sense; one sentence for the user."""


@dataclass(frozen=True)
class Span:
    """Frames first..end-1 of the file, of one person."""

    identity: int
    first: int
    end: int

    def check(self):
        """Raises EditsError where there is no frame in it."""
        if not 0 <= self.first < self.end:
            raise EditsError(f"{self.first} to {self.end} is no range of frames.")


@dataclass(frozen=True)
class Foot(Span):
    """A foot that stands (hold) or is free."""

    foot: str  # l or r
    hold: bool

    def check(self):
        super().check()
        if self.foot not in ("l", "r"):
            raise EditsError(f'There is no foot "{self.foot}"; there are: l, r.')


@dataclass(frozen=True)
class Smooth(Span):
    """A motion that is `factor` times as smooth as the fit's settings say."""

    factor: float

    def check(self):
        super().check()
        if not 0.01 <= self.factor <= 100:
            raise EditsError(f"Smoothing by {self.factor} is not between 0.01 and 100.")


SPANS = {"sides": Span, "feet": Foot, "smooth": Smooth}


@dataclass(frozen=True)
class Edits:
    ignore: tuple = ()  # identities
    merge: tuple = ()  # (kept, swallowed) pairs
    split: tuple = ()  # (identity, first frame of the new one) pairs; frames of the file
    name: dict = field(default_factory=dict)  # identity -> text
    height: dict = field(default_factory=dict)  # identity -> [m]
    region: tuple = ()  # x1 y1 x2 y2 [px] of the picture, () = all of it
    still: bool = False  # leave out who never moves
    limit: int = 0  # people, 0 = everybody
    swap: tuple = ()  # (identity, other, first frame) triples; frames of the file
    sides: tuple = ()  # Span: left and right are exchanged
    feet: tuple = ()  # Foot
    smooth: tuple = ()  # Smooth

    @classmethod
    def from_json(cls, data):
        """dict of the form above -> Edits; raises EditsError."""
        known = set(cls.__dataclass_fields__)
        if not isinstance(data, dict) or set(data) - known:
            raise EditsError(f"Edits hold {', '.join(sorted(known))} and nothing else.")
        try:
            edits = cls(
                tuple(int(i) for i in data.get("ignore", ())),
                tuple((int(kept), int(gone)) for kept, gone in data.get("merge", ())),
                tuple((int(s["identity"]), int(s["frame"])) for s in data.get("split", ())),
                {int(i): str(text) for i, text in data.get("name", {}).items()},
                {int(i): float(metres) for i, metres in data.get("height", {}).items()},
                _region(data.get("region", ())),
                bool(data.get("still", False)),
                int(data.get("limit", 0)),
                tuple(
                    (int(s["identity"]), int(s["other"]), int(s["frame"]))
                    for s in data.get("swap", ())
                ),
                **{name: _spans(kind, data.get(name, ())) for name, kind in SPANS.items()},
            )
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise EditsError(f"The edits cannot be read: {error}.") from error
        edits.check()
        return edits

    def check(self):
        """Raises EditsError for what nobody can mean."""
        for identity, metres in self.height.items():
            if not 0.3 <= metres <= 2.8:
                raise EditsError(
                    f"A height of {metres} m for person {identity} is not one of a person."
                )
        x1, y1, x2, y2 = self.region or (0.0, 0.0, 1.0, 1.0)
        if not (x1 < x2 and y1 < y2):
            raise EditsError(f"{list(self.region)} is no region: x1, y1, x2, y2 in pixels.")
        if self.limit < 0:
            raise EditsError(f"The number of people must be 0 or more, and is {self.limit}.")
        for span in (*self.sides, *self.feet, *self.smooth):
            span.check()

    def to_json(self):
        return {
            "ignore": list(self.ignore),
            "merge": [list(pair) for pair in self.merge],
            "split": [{"identity": i, "frame": f} for i, f in self.split],
            "name": {str(i): text for i, text in self.name.items()},
            "height": {str(i): metres for i, metres in self.height.items()},
            "region": list(self.region),
            "still": self.still,
            "limit": self.limit,
            "swap": [{"identity": a, "other": b, "frame": f} for a, b, f in self.swap],
            **{name: [asdict(span) for span in getattr(self, name)] for name in SPANS},
        }


def apply(edits, identities, frames):
    """Identities {id: [(frame row, person row)]} -> the same after the edits.

    frames   (T,) index in the file of every frame row
    """
    edited = {identity: list(places) for identity, places in identities.items()}
    next_id = max(edited, default=0) + 1
    for identity, frame in edits.split:
        places = _known(edited, identity)
        edited[identity], edited[next_id] = _parted(places, frame, frames)
        if not (edited[identity] and edited[next_id]):
            raise EditsError(f"Person {identity} is not seen on both sides of frame {frame}.")
        next_id += 1
    for kept, gone in edits.merge:
        both = dict(_known(edited, gone))
        both.update(dict(_known(edited, kept)))  # where both are seen, the kept one is right
        edited[kept] = sorted(both.items())
        if gone != kept:
            del edited[gone]
    for one, other, frame in edits.swap:
        before, after = zip(*(_parted(_known(edited, who), frame, frames) for who in (one, other)))
        edited[one], edited[other] = before[0] + after[1], before[1] + after[0]
    for identity in edits.ignore:
        _known(edited, identity)
        del edited[identity]
    return edited


def _region(sides):
    """Four numbers or none -> tuple; ValueError for anything else."""
    if len(sides) not in (0, 4):
        raise ValueError("a region of the picture is x1, y1, x2, y2 in pixels")
    return tuple(float(side) for side in sides)


def _spans(kind, data):
    """List of dicts -> tuple of Span or a kind of it; TypeError for other keys."""
    spans = (kind(**span) for span in data)
    types = tuple(kind.__dataclass_fields__[name].type for name in kind.__dataclass_fields__)
    return tuple(kind(*(as_type(v) for as_type, v in zip(types, astuple(s)))) for s in spans)


def _parted(places, frame, frames):
    """Places before a frame of the file, and from it on."""
    before = [place for place in places if frames[place[0]] < frame]
    return before, [place for place in places if frames[place[0]] >= frame]


def _known(identities, identity):
    if identity not in identities:
        known = ", ".join(str(i) for i in sorted(identities)) or "nobody"
        raise EditsError(f"There is no person {identity} in this take; there are: {known}.")
    return identities[identity]
