"""Other lengths for bones and mannequins that are in the scene already, until it is certain that they stay."""

import contextlib

from . import fingerprints
from .datablocks import DatablockLost, by_uid
from .person import edit_mode, place_bones, place_corners


class Reshaping:
    """Remembers how armatures and meshes were before they were changed."""

    def __init__(self):
        self._before = []  # (function that puts back, kind, session id, name, how it was)

    def lengths(self, armature, rest):
        """Gives the bones of armature data the places of a RestPose."""
        before = fingerprints.rest_of(armature)
        self._before.append((_put_bones, "armatures", armature.session_uid, armature.name, before))
        _put_bones(armature, rest)

    def corners(self, mesh, vertices):
        """Gives the corners of a mesh the places (V,3)."""
        before = fingerprints.corners(mesh)
        self._before.append((_put_corners, "meshes", mesh.session_uid, mesh.name, before))
        _put_corners(mesh, vertices)

    def take_back(self):
        """Puts back what is still there and still as it was left."""
        while self._before:
            put, kind, uid, name, before = self._before.pop()
            with contextlib.suppress(DatablockLost):
                put(by_uid(kind, uid, name), before)


def _put_bones(armature, rest):
    if fingerprints.rest_is_ours(armature) and not armature.is_editmode:
        with edit_mode(armature):
            place_bones(armature.edit_bones, rest)
        fingerprints.mark_rest(armature)


def _put_corners(mesh, vertices):
    if fingerprints.shape_is_ours(mesh) and not mesh.is_editmode:
        place_corners(mesh, vertices)
