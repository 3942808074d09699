"""Remembers what one scene build has made, by name and session id, so that all of it can be taken back.

No reference to Blender data is kept: an undo or a file load between two steps would leave it dangling.
"""

import bpy

from .language import say

NAME_BYTES = 63  # longest name of a data-block in the Blenders before 5.0


class DatablockLost(Exception):
    """Something that a build has made was removed before the build was done."""


class Made:
    """Names and session ids of the data-blocks of one build, in the order they were made."""

    def __init__(self):
        self._blocks = []  # (name of the collection in bpy.data, name, session id)

    def add(self, kind, block):
        """Takes note of a new data-block and returns its name."""
        self._blocks.append((kind, block.name, block.session_uid))
        return block.name

    def find(self, kind, name):
        """The data-block made under this name; raises DatablockLost when it is gone."""
        block = getattr(bpy.data, kind).get(name)
        if block is None or (kind, name, block.session_uid) not in self._blocks:
            raise DatablockLost(
                say('"{name}" was removed while the scene was being made.', name=name)
            )
        return block

    def discard(self):
        """Removes whatever is left of what was made, last first."""
        while self._blocks:
            kind, name, uid = self._blocks.pop()
            block = getattr(bpy.data, kind).get(name)
            if block is not None and block.session_uid == uid:
                getattr(bpy.data, kind).remove(block)


def object_there(name):
    """The object of this name; raises DatablockLost when it is gone."""
    found = bpy.data.objects.get(name)
    if found is None:
        raise DatablockLost(say('"{name}" was removed while the scene was being made.', name=name))
    return found


def by_uid(kind, uid, called):
    """The data-block with this session id, also when it was renamed; raises DatablockLost."""
    blocks = getattr(bpy.data, kind)
    same = blocks.get(called)
    for block in blocks if same is None or same.session_uid != uid else (same,):
        if block.session_uid == uid:
            return block
    raise DatablockLost(say('"{name}" was removed while it was being changed.', name=called))


def named_object(named):
    """The object of (name, session id); raises DatablockLost."""
    name, uid = named
    return by_uid("objects", uid, name)


def block_name(take, what=""):
    """ "<take> <what>" with the take's name cut so that Blender keeps the whole of `what`."""
    tail = f" {what}" if what else ""
    head = take.encode("utf-8")[: NAME_BYTES - 4 - len(tail.encode("utf-8"))]  # room for .001
    return head.decode("utf-8", "ignore").rstrip() + tail
