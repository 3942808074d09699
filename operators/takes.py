"""Which take belongs to what is in a scene, and where it lies."""

import os

import bpy

from . import marks

FOLDER = "monorig-takes"  # of takes beside the .blend
_begun = {}  # clip -> folder of its take, in this run of Blender


def beside_the_file():
    """The folder of takes beside the .blend, "" where that was never saved."""
    return bpy.path.abspath(f"//{FOLDER}") if bpy.data.is_saved else ""


def remember(clip, folder):
    """Notes where the take of a clip lies, also of one that was not captured to the end."""
    _begun[clip] = str(folder)


def results(scene):
    """Collections of a scene that Monorig made of takes that were kept, the newest last."""
    ours = [c for c in bpy.data.collections if c.get(marks.TAKE) and c.get(marks.CLIP)]
    ours = [c for c in ours if c.library is None]
    places = [scene.collection.children.find(c.name) for c in ours]
    if -1 in places:  # within another collection, or in another scene: a longer look
        inside = scene.collection.children_recursive
        return [c for c in inside if c in ours]
    return [c for _, c in sorted(zip(places, ours), key=lambda pair: pair[0])]


def chosen_result(context):
    """The collection of the active object; else the newest of the chosen clip; None where there is none."""
    found, active = results(context.scene), context.view_layer.objects.active
    for collection in found:
        if active is not None and collection.all_objects.get(active.name) == active:
            return collection
    clip = chosen_clip(context)
    same = [collection for collection in found if clip in ("", collection[marks.CLIP])]
    return same[-1] if same else None


def chosen_clip(context):
    """Absolute path of the clip in the panel, or ""."""
    clip = context.scene.monorig.capture.clip
    return os.path.abspath(bpy.path.abspath(clip)) if clip else ""


def chosen_folder(context):
    """The take folder in the panel, or that of the chosen clip's last capture, or ""."""
    folder = context.scene.monorig.capture.take_folder
    if folder:
        return os.path.abspath(bpy.path.abspath(folder))
    return _begun.get(chosen_clip(context), "")


def places(collection):
    """Folders in which the take of a result may lie: where it was, or beside a .blend that moved with it."""
    folder = collection[marks.TAKE]
    beside = beside_the_file()
    return (folder, os.path.join(beside, os.path.basename(folder))) if beside else (folder,)
