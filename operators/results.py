"""What is in a scene of a take: its collection, the armature of each person, the camera."""

from dataclasses import dataclass
from pathlib import Path

from . import marks
from .datablocks import DatablockLost, by_uid
from .language import say
from .person import Naming
from .scene import SceneLost, scene_of


@dataclass(frozen=True)
class Result:
    """A take's collection in a scene, and the take that it is to show."""

    named: tuple  # name and session id of the collection
    within: tuple  # name and session id of the scene
    clip: str
    folder: str  # of the take
    solver: str
    edits: str = ""  # of the take, as JSON

    @property
    def called(self):
        return Naming(Path(self.clip).stem, self.folder, self.solver)

    @property
    def scene(self):
        return self.within[0]

    @property
    def scene_uid(self):
        return self.within[1]

    def collection(self):
        """The collection; raises SceneLost when it is gone."""
        name, uid = self.named
        try:
            return by_uid("collections", uid, name)
        except DatablockLost as error:
            raise SceneLost(
                say('The collection "{name}" is no longer there; the take is kept.', name=name)
            ) from error


@dataclass(frozen=True)
class Known:
    """An object of the result that is there already."""

    name: str
    uid: int

    @property
    def object(self):
        """Raises DatablockLost when it is gone."""
        return by_uid("objects", self.uid, self.name)


def known_people(result):
    """{identity: Known armature} of a result, also those that the user put elsewhere in the scene."""
    armatures = [o for o in objects_of(result) if o.type == "ARMATURE" and marks.IDENTITY in o]
    found = {}
    for armature in sorted(armatures, key=lambda o: o.name):
        found.setdefault(armature[marks.IDENTITY], Known(armature.name, armature.session_uid))
    return found


def known_camera(result):
    """Known camera object of the result, or None where the user removed it."""
    cameras = [o for o in objects_of(result) if o.type == "CAMERA"]
    first = min(cameras, key=lambda o: o.name, default=None)
    return first and Known(first.name, first.session_uid)


def objects_of(result):
    """Set of the objects made of the take: in its collection, or in the scene but in no result's collection."""
    collection = result.collection()
    folder, inside = collection[marks.TAKE], set(collection.all_objects)
    ours = [o for o in (*inside, *scene_of(result).objects) if o.get(marks.TAKE) == folder]
    return {
        o
        for o in ours
        if (o in inside or not any(marks.TAKE in c for c in o.users_collection))
        and o.library is None
        and o.override_library is None
    }
