"""Batch: the clips of a queue become takes, scenes and moving rigs, one after another.

Each clip is a work of its own for `session`; a timer starts the next when the last is over. The queue lies on disk
(`inference.batch`), so Blender may be closed in between, and a command without Blender may go on with it.
"""

import os
from typing import NamedTuple

import bpy

from . import batch_rigs, camera, marks, network_folders, retarget, session, takes
from .background import WorkError
from .capture import CaptureRequest, CaptureWork
from .datablocks import DatablockLost, Made, by_uid
from .language import say, sentence
from .work import counted

LOOK = 0.5  # [s] between looks at whether the work is over
NOTHING, SCENE, RIGS = "NOTHING", "SCENE", "RIGS"
NOT_MATCHED = dict.fromkeys(
    ("match_rate", "match_range", "match_resolution", "use_camera", "add_sound"), False
)
_run = None  # the batch that runs
_driver = None  # generator that launches what it says
_trouble = ""  # why the last batch broke off


class Plan(NamedTuple):
    """What becomes of every clip; read once."""

    make: str  # NOTHING beyond the take, a SCENE of it, or RIGS as well
    scene: tuple  # name and session id
    start_frame: int
    networks: tuple
    template: tuple = ()  # name and session id of the armature that is copied
    rig_options: tuple = ()  # fields of RetargetRequest that are the same for everybody
    camera: dict | None = None  # what is known of the camera, the same for all clips


def queues():
    """The module of queues: loaded at first use, not when the add-on is enabled."""
    from ..inference import batch

    return batch


class BatchWork(CaptureWork):
    """The capture of one clip of the queue."""

    name = "Batch with Monorig"

    def __init__(self, queue, entry, plan):
        options = {**NOT_MATCHED, "start_frame": plan.start_frame}
        super().__init__(
            CaptureRequest(
                entry.clip,
                "",
                "",
                entry.chain,
                plan.networks,
                entry.fit,
                plan.scene,
                options,
                camera=plan.camera,
            )  # fmt: skip
        )
        self.in_undo_history = plan.make != NOTHING
        self._queue, self._plan = queue, plan
        self.report, self.collection = {}, ""

    def _free_take(self):
        """On a thread."""
        try:
            return self._queue.begin(self._request.clip)
        except queues().BatchError as error:
            raise WorkError(str(error)) from error

    def prepare(self, fields):
        self.report = fields["report"]
        return super().prepare(fields)

    def scene_steps(self, motion):
        if self._plan.make == NOTHING:
            yield
            return say("{people} captured.", people=counted(len(motion.identity))), ()
        from . import scene

        built = yield from scene.build(self._request.scene_request(self.take), motion)
        self.collection = built.collection
        return say("{people} captured.", people=counted(built.people)), built.notes


class Run:
    """One going through the queue. `works` says what is to be launched; it is sent how each ended."""

    def __init__(self, queue, plan):
        self.queue, self._plan, self.stopped = queue, plan, False

    def works(self):
        """Generator: yields works, is sent the Status with which each ended."""
        while not self.stopped and (entry := self.queue.next()) is not None:
            work = BatchWork(self.queue, entry, self._plan)
            status = yield work
            if status.phase == "CANCELLED":
                self.stopped = True
                self.queue.end(entry.clip, queues().WAITING, "Cancelled; it goes on from there.")
                return
            if status.phase == "FAILED":
                self.queue.end(entry.clip, queues().FAILED, status.sentence)
                continue
            said = ""
            if self._plan.make == RIGS and work.collection:
                said = yield from self._rigs(work.collection)
            self.queue.end(entry.clip, queues().DONE, said, work.report)

    def _rigs(self, collection_name):
        """Generator: gives everybody in a collection a rig; returns what went wrong, or ""."""
        troubles = []
        people = [
            (o.name, o.session_uid)
            for o in bpy.data.collections[collection_name].objects
            if o.type == "ARMATURE" and marks.IDENTITY in o
        ]
        for person in people:
            if self.stopped:
                return "Stopped before everybody had a rig."
            made = Made()
            try:
                request = self._request(made, person, collection_name)
            except DatablockLost as error:
                troubles.append(str(error))
                continue
            status = yield retarget.RetargetWork(request)
            self.stopped = status.phase == "CANCELLED"
            if status.phase != "DONE":
                made.discard()
                troubles.append(status.sentence)
        return " ".join(dict.fromkeys(troubles))

    def _request(self, made, person, collection_name):
        """A copy of the template and what it is to play."""
        armature = by_uid("objects", person[1], person[0])
        template = by_uid("objects", self._plan.template[1], self._plan.template[0])
        collection = bpy.data.collections[collection_name]
        rig = batch_rigs.copied(made, template, armature.name, collection)
        trouble = retarget.refusal(armature, rig)
        if trouble:
            made.discard()
            raise DatablockLost(sentence(trouble))
        named = {"source": person, "target": (rig.name, rig.session_uid)}
        return retarget.RetargetRequest(**named, **dict(self._plan.rig_options))


def running():
    return _run is not None


def trouble():
    """Why the last batch broke off, as a sentence; "" where it did not."""
    return _trouble


def folder_of(context):
    """Folder of the queue and its takes; WorkError where none is chosen and the file was never saved."""
    chosen = context.scene.monorig.batch.folder
    folder = os.path.abspath(bpy.path.abspath(chosen)) if chosen else takes.beside_the_file()
    if not folder:
        raise WorkError("Save the file, or choose a folder for the takes.")
    return folder


def queue_of(context):
    """The queue of the context's scene, the one that is worked off where it is the same; WorkError."""
    folder = folder_of(context)
    if _run is not None and str(_run.queue.folder) == folder:
        return _run.queue
    try:
        return queues().Queue(folder)
    except queues().BatchError as error:
        raise WorkError(str(error)) from error


def start(context):
    """Begins with the first clip that waits; WorkError where that cannot be."""
    global _run, _driver, _trouble
    if _run is not None or session.running():
        raise WorkError("Monorig is at work; cancel that or wait for its end.")
    queue = queue_of(context)
    try:
        queue.revisit()
    except queues().BatchError as error:
        raise WorkError(str(error)) from error
    if queue.next() is None:
        raise WorkError("No clip waits in the queue.")
    _run, _trouble = Run(queue, read_plan(context)), ""
    _driver = _driven(_run, (context.scene.name, context.scene.session_uid))
    if bpy.app.background:
        for _ in _driver:
            pass
    else:
        bpy.app.timers.register(_timer, persistent=True)


def forget():
    """Ends the batch where it stands; for when the add-on is switched off."""
    if bpy.app.timers.is_registered(_timer):
        bpy.app.timers.unregister(_timer)
    if _driver is not None:
        _driver.close()


def _timer():
    return next(_driver, None)


def read_plan(context):
    """What the panel says; WorkError."""
    scene, chosen = context.scene, context.scene.monorig.batch
    template, options = (), ()
    if chosen.make == RIGS:
        if chosen.template is None:
            raise WorkError("Choose the rig that everybody gets a copy of.")
        template = chosen.template.name, chosen.template.session_uid
        rig = scene.monorig.retarget
        options = {
            **retarget.choices(scene),
            "at_home": False,
            "map_text": rig.edited_map() if rig.target == chosen.template else "",
        }
    start_frame = scene.monorig.capture.start_frame
    named = scene.name, scene.session_uid
    return Plan(
        chosen.make,
        named,
        start_frame,
        network_folders.searched(context),
        template,
        tuple(options and options.items()),
        camera.chosen(context),
    )


def _driven(run, scene):
    """Generator: launches what the run says; yields seconds until the next look.

    Where the queue cannot be written, nothing further is begun.
    """
    global _run, _trouble
    works = run.works()
    try:
        status = None
        while True:
            try:
                work = works.send(status)
            except StopIteration:
                return
            session.launch(work)
            shown = None
            while session.running():
                if run.queue.entries != shown:
                    shown = run.queue.entries
                    show(run.queue, scene)
                yield LOOK
            status = session.status()
    except WorkError:  # something else was started meanwhile
        run.stopped = True
    except queues().BatchError as error:
        _trouble = str(error)
    finally:
        _run = None
        show(run.queue, scene)


def show(queue, scene):
    """Puts the queue into the list that the panel draws; nothing where the scene is gone."""
    try:
        rows = by_uid("scenes", scene[1], scene[0]).monorig.batch.rows
    except DatablockLost:
        return
    entries = queue.entries
    while len(rows) > len(entries):
        rows.remove(len(rows) - 1)
    while len(rows) < len(entries):
        rows.add()
    for row, entry in zip(rows, entries):
        row.name, row.clip, row.state = os.path.basename(entry.clip), entry.clip, entry.state
        row.sentence, row.chain, row.solver = entry.sentence, entry.chain, entry.fit.solver
        row.people, row.frames = entry.people, entry.frames
