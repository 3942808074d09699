"""What `blender -c monorig` does with its words; loaded only then."""

import argparse

import bpy

from ..inference import batch as queues
from ..inference.catalogue import CHAINS, names
from ..inference.fit_settings import SOLVERS, FitSettings
from . import batch
from .background import WorkError
from .language import say

NAME = "monorig"
ABOUT = "Clips, and all clips of folders, become takes, people or moving rigs."
MAKE = {"takes": batch.NOTHING, "people": batch.SCENE, "rigs": batch.RIGS}
DONE, NOT_ALL, BAD_INPUT = 0, 1, 2


def run(argv):
    """Arguments after the command's name -> exit status."""
    try:
        options = _parser().parse_args(argv)
    except SystemExit as stop:
        return stop.code
    try:
        _choose(options)
        queue = batch.queue_of(bpy.context)
        queue.add(queues.clips_of(options.clips), options.chain, FitSettings(solver=options.solver))
        for entry in queue.entries if options.again else ():
            if entry.state == queues.FAILED:
                queue.again(entry.clip)
        queue.revisit()
        if queue.next() is not None:
            batch.start(bpy.context)
            queue = batch.queue_of(bpy.context)
    except (WorkError, queues.BatchError) as error:
        print(f"{NAME}: {error}")
        return BAD_INPUT
    for line in queues.table(queue.entries):
        print(line)
    if options.save:
        bpy.ops.wm.save_as_mainfile(filepath=options.save, copy=True)
    return DONE if all(entry.state == queues.DONE for entry in queue.entries) else NOT_ALL


def _parser():
    parser = argparse.ArgumentParser(prog=f"blender -c {NAME}", description=ABOUT)
    parser.add_argument("clips", nargs="*", metavar="CLIP_OR_FOLDER", help="added to the queue")
    parser.add_argument("--takes", required=True, metavar="DIR", help="takes and batch.json")
    parser.add_argument("--chain", choices=names(CHAINS), default="take", help="of networks")
    parser.add_argument("--solver", choices=SOLVERS, default="take")
    parser.add_argument("--make", choices=MAKE, default="takes", help="what becomes of every clip")
    parser.add_argument("--rig", metavar="NAME", help="armature in FILE.blend that is copied")
    parser.add_argument("--again", action="store_true", help="try those that failed once more")
    parser.add_argument("--save", metavar="OUT.blend", help="keep the scene in this file")
    return parser


def _choose(options):
    """Command line -> settings of the scene; WorkError."""
    chosen = bpy.context.scene.monorig.batch
    chosen.folder, chosen.make = options.takes, MAKE[options.make]
    if options.rig:
        rig = bpy.data.objects.get(options.rig)
        if rig is None or rig.type != "ARMATURE":
            raise WorkError(say('There is no armature "{name}" in this file.', name=options.rig))
        chosen.template = rig
