"""What every piece of work with a child process shares: starting it, reading its Motion, how it ended."""

import os
from dataclasses import replace

from . import user_folder
from .background import Lost, WorkError
from .language import say, told
from .steps import quiet


def make_client():
    """The parent's half of a child process; tests put a stand-in here."""
    from ..inference.client import Client

    return Client(preferred=[str(folder) for folder in user_folder.preferred()])


def started_client(job):
    """A client whose child has the job; with own copies of the packages where another add-on's do not work."""
    from ..inference import own_packages
    from ..inference.packages import PackagesError

    try:
        client = make_client()
        client.start(job)
    except PackagesError:
        if not own_packages.carried():
            raise
        own_packages.make(user_folder.own_packages())
        client = make_client()
        client.start(job)
    return client


def begun(job, name):
    """A client whose child has the job, on the preferences' card or threads; WorkError where it cannot start."""
    from ..inference.packages import PackagesError
    from ..inference.wheels import WheelError

    try:
        threads = user_folder.settings()["threads"]
        return started_client(replace(job, gpu=user_folder.uses_card(), threads=threads))
    except (PackagesError, WheelError) as error:
        raise WorkError(str(error)) from error
    except OSError as error:
        raise WorkError(
            say("{work} could not be started: {trouble}.", work=name, trouble=error)
        ) from error


class FitWork:
    """Work whose child makes a Motion and whose results are people in a scene (see `background.Background`).

    A kind of it says `name`, `cancelled` (the sentence for that), `job()` on a thread, and `scene_steps(motion)`,
    a generator on the main thread that returns (sentence, notes); `edits` are then those of the take, as JSON.
    `take` is the folder that the child writes to, "" where it writes none.
    """

    edits = take = ""

    def start(self):
        """On a thread: starts the child."""
        return begun(self.job(), self.name)

    def prepare(self, fields):
        """On a thread: reads the Motion, and loads what only the scene needs."""
        from ..inference.motion import Motion, MotionError
        from . import update  # noqa: F401  imports numpy: not on the main thread
        from .people_list import kept_edits

        self.edits = kept_edits(os.path.dirname(fields["out"]))
        try:
            return Motion.load(fields["out"])
        except MotionError as error:
            raise WorkError(say("The result cannot be read: {trouble}", trouble=error)) from error

    def build(self, motion):
        """Generator on the main thread: the scene."""
        from ..retarget.action import ActionLost
        from .datablocks import DatablockLost
        from .scene import SceneLost

        if not motion.present.any():
            return "Nobody was found in this clip.", ()
        for _ in quiet():
            yield None
        try:
            return (yield from self.scene_steps(motion))
        except ActionLost as error:
            raise Lost(told(error)) from error
        except DatablockLost as error:
            raise Lost(str(error)) from error
        except SceneLost as error:
            raise WorkError(str(error)) from error

    def over(self):
        """Last of all, also after a failure: the library shows the take as it is now."""
        from . import takes_list

        if self.take:
            takes_list.written(self.take)


def counted(people):
    """1 -> "1 person", 3 -> "3 people"."""
    return say("1 person") if people == 1 else say("{count} people", count=people)


def outcome(operator, status):
    """What an operator that started work returns: with a window it has only begun, without one it is over."""
    if status.phase in ("FAILED", "CANCELLED"):
        operator.report({"ERROR"} if status.phase == "FAILED" else {"WARNING"}, status.sentence)
        return {"CANCELLED"}
    for note in status.notes:
        operator.report({"WARNING"}, note)
    if status.over:
        operator.report({"INFO"}, status.sentence)
    return {"FINISHED"}
