"""What pieces of work without a scene share: running beside Blender, and saying how they went."""

from ..inference.refusals import refused
from . import session, user_folder
from .background import WorkError


class ErrandWork:
    """Work without a scene: an errand whose fields say how it went (see `background.Background`)."""

    in_undo_history = False

    def start(self):
        """On a thread: starts the errand."""
        from ..inference.errand import Errand

        errand = Errand(self.errand, self.errors())
        errand.start()
        return errand

    def errors(self):
        """Exceptions of the errand that are a sentence for the user."""
        return ()

    def prepare(self, fields):
        return fields

    def build(self, fields):
        """Generator on the main thread: only the last word."""
        yield 1.0
        if not fields["ok"]:
            raise WorkError(fields["sentence"])
        return fields["sentence"], ()


def at_rest(cls):
    """For `poll`: whether nothing runs."""
    if session.running():
        cls.poll_message_set("Monorig is at work; cancel that or wait for its end")
        return False
    return True


def tried(operator, act, done):
    """Does something with files, and reports in one sentence how it went."""
    try:
        act()
    except user_folder.UserFolderError as error:
        operator.report({"ERROR"}, str(error))
        return {"CANCELLED"}
    except OSError as error:
        operator.report({"ERROR"}, refused(error))
        return {"CANCELLED"}
    operator.report({"INFO"}, done)
    return {"FINISHED"}
