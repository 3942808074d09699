"""The animator's say about who is who: kept in the take, applied before every fit.

    {"ignore": [2], "merge": [[1, 4]], "split": [{"identity": 1, "frame": 120}],
     "name": {"1": "Ann"}, "height": {"1": 1.82},
     "region": [0, 0, 640, 480], "still": true, "limit": 2}

Splits come first, then merges, then what is ignored. A split makes a new identity for the later part;
numbers are never used twice. What is left may be narrowed: to those who are mostly inside a region of the
picture (x1 y1 x2 y2 [px]), to those who ever move (posters and mannequins do not), to the `limit` people
seen longest. Everybody keeps the number.
"""

from dataclasses import dataclass, field


class EditsError(Exception):
    """The edits make no sense; one sentence for the user."""


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
        }


def apply(edits, identities, frames):
    """Identities {id: [(frame row, person row)]} -> the same after the edits.

    frames   (T,) index in the file of every frame row
    """
    edited = {identity: list(places) for identity, places in identities.items()}
    next_id = max(edited, default=0) + 1
    for identity, frame in edits.split:
        places = _known(edited, identity)
        edited[identity] = [place for place in places if frames[place[0]] < frame]
        edited[next_id] = [place for place in places if frames[place[0]] >= frame]
        if not (edited[identity] and edited[next_id]):
            raise EditsError(f"Person {identity} is not seen on both sides of frame {frame}.")
        next_id += 1
    for kept, gone in edits.merge:
        both = dict(_known(edited, gone))
        both.update(dict(_known(edited, kept)))  # where both are seen, the kept one is right
        edited[kept] = sorted(both.items())
        if gone != kept:
            del edited[gone]
    for identity in edits.ignore:
        _known(edited, identity)
        del edited[identity]
    return edited


def _region(sides):
    """Four numbers or none -> tuple; ValueError for anything else."""
    if len(sides) not in (0, 4):
        raise ValueError("a region of the picture is x1, y1, x2, y2 in pixels")
    return tuple(float(side) for side in sides)


def _known(identities, identity):
    if identity not in identities:
        known = ", ".join(str(i) for i in sorted(identities)) or "nobody"
        raise EditsError(f"There is no person {identity} in this take; there are: {known}.")
    return identities[identity]
