"""The networks in the preferences: which there are, fetched, added and removed; the cache that they lie in.

What is shown is what was found when the list was last looked at: when it is opened, and after every change.
"""

import bpy
from bpy.props import StringProperty
from bpy_extras.io_utils import ImportHelper

from . import chain_choice, network_folders, session, user_folder
from .errands import ErrandWork, at_rest, tried
from .language import say
from .work import outcome

OFFLINE = "Blender's online access is off: allow it in Preferences > System > Network"
_seen = {"kept": (), "bytes": 0, "place": ""}


def kept():
    """[network_shelf.Kept] when it was last looked."""
    return _seen["kept"]


def cached_bytes():
    """What the cache holds of fetched files, when it was last looked."""
    return _seen["bytes"]


def place():
    """The cache folder, when it was last looked."""
    return _seen["place"]


def online():
    """Whether Blender may use the network."""
    return bpy.app.online_access


def look(context):
    """Looks anew which networks are here; chains that use them are offered from now on."""
    from ..inference import network_shelf

    cache = network_folders.cache(context)
    _seen["kept"] = network_shelf.kept(
        network_folders.cached(context), network_folders.own(context)
    )
    _seen["bytes"], _seen["place"] = network_shelf.size(cache), str(cache)
    chain_choice.forget()


class FetchWork(ErrandWork):
    """One network from where it is published into the cache, on a thread."""

    name = "Fetch Network"
    cancelled = "Cancelled. What has come is kept, and Fetch goes on from there."

    def __init__(self, network, cache):
        self._network, self._cache = network, cache

    def errors(self):
        from ..inference.weights import WeightsError

        return (WeightsError,)

    def errand(self, errand):
        """On the errand's thread."""
        from ..inference import catalogue, weights
        from ..inference.download import Report

        spec, what = catalogue.network(self._network), say("Getting {name}", name=self._network)
        errand.progress(what, 0, 0)

        def line(text):
            errand.check()
            errand.log(text)

        report = Report(line, lambda done, total: errand.progress(what, done, total))
        folders = {name: self._cache / name for name in ("networks", "packages")}
        weights.fetch(spec, report, folder=folders["networks"], packages=folders["packages"])
        return {"ok": True, "sentence": say("{name} is here.", name=self._network)}

    def over(self):
        """Last of all, also after a failure."""
        look(bpy.context)


class NetworkOperator:
    """One about a network that is named."""

    name: StringProperty(name="Network", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, _context):
        return at_rest(cls)

    def done(self, context, act, sentence):
        """Does something with the network's file, and reports in one sentence how it went."""
        from ..inference import network_shelf

        def changed():
            try:
                act(network_shelf)
            except network_shelf.ShelfError as error:
                raise user_folder.UserFolderError(str(error)) from error

        result = tried(self, changed, say(sentence, name=self.name))
        look(context)
        return result


class MONORIG_OT_network_fetch(NetworkOperator, bpy.types.Operator):
    """Fetch this network from where its makers publish it"""

    bl_idname = "monorig.network_fetch"
    bl_label = "Fetch"

    @classmethod
    def poll(cls, context):
        if not online():
            cls.poll_message_set(OFFLINE)
            return False
        return super().poll(context)

    def execute(self, context):
        session.launch(FetchWork(self.name, network_folders.cache(context)))
        return outcome(self, session.status())


class MONORIG_OT_network_remove(NetworkOperator, bpy.types.Operator):
    """Delete the fetched file of this network; it can be fetched again"""

    bl_idname = "monorig.network_remove"
    bl_label = "Remove"

    def execute(self, context):
        cached = network_folders.cached(context)
        return self.done(
            context, lambda shelf: shelf.remove(self.name, cached), "{name} was removed"
        )


class MONORIG_OT_network_add(NetworkOperator, bpy.types.Operator, ImportHelper):
    """Use a file of yours for this network; it is copied into the cache"""

    bl_idname = "monorig.network_add"
    bl_label = "Add File"

    filter_glob: StringProperty(default="*.onnx", options={"HIDDEN"})

    def execute(self, context):
        cached, file = network_folders.cached(context), bpy.path.abspath(self.filepath)
        return self.done(
            context, lambda shelf: shelf.add(self.name, file, cached), "{name} was added"
        )


class MONORIG_OT_cache_open(bpy.types.Operator):
    """Show the folder that networks are fetched into"""

    bl_idname = "monorig.cache_open"
    bl_label = "Open Folder"

    def execute(self, context):
        folder = network_folders.cache(context)
        if not folder.is_dir():
            self.report({"WARNING"}, say("{folder} is not there yet.", folder=folder))
            return {"CANCELLED"}
        bpy.ops.wm.path_open(filepath=str(folder))
        return {"FINISHED"}


class MONORIG_OT_cache_empty(bpy.types.Operator):
    """Delete everything that was fetched. Files that you put there yourself stay"""

    bl_idname = "monorig.cache_empty"
    bl_label = "Empty"

    @classmethod
    def poll(cls, _context):
        return at_rest(cls)

    def invoke(self, context, event):
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context):
        from ..inference import network_shelf

        folder = network_folders.cache(context)
        result = tried(self, lambda: network_shelf.empty(folder), "The cache was emptied")
        look(context)
        return result


CLASSES = (
    MONORIG_OT_network_fetch,
    MONORIG_OT_network_remove,
    MONORIG_OT_network_add,
    MONORIG_OT_cache_open,
    MONORIG_OT_cache_empty,
)
