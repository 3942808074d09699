"""What the system refuses, an OSError, as one sentence that says what to do. Standard library only."""

import errno
import sys

LONGEST_ON_WINDOWS = 259  # characters of a path
TOO_LONG = (
    "{path} has too long a name for this system: choose a folder with a shorter one (on Windows, long"
    " paths can be allowed too)."
)
FULL = "The disk is full: make room and try again; what is complete is kept."
NO_RIGHT = (
    "{path}: {trouble}. Choose another place, give yourself the right to this one, or close the program"
    " that holds it."
)
IN_THE_WAY = (
    "{path}: {trouble}. Another file or folder is in the way: choose another name or move it."
)
SENTENCES = {
    "ENOSPC": FULL,
    "EDQUOT": FULL,
    "EACCES": NO_RIGHT,
    "EPERM": NO_RIGHT,
    "EROFS": NO_RIGHT,
    "EBUSY": "{path}: {trouble}. Close the program that uses it, and try again.",
    "ENAMETOOLONG": TOO_LONG,
    "EEXIST": IN_THE_WAY,
    "EISDIR": IN_THE_WAY,
    "ENOTDIR": IN_THE_WAY,
    "EMFILE": "Too many files are open: close other programs and try again.",
}
SHARING_VIOLATION = 32  # Windows: another program holds the file


def refused(error, platform=sys.platform):
    """One sentence for an OSError; what it is about comes first where it is known."""
    path, trouble = error.filename, error.strerror or str(error)
    name = errno.errorcode.get(error.errno)
    if platform == "win32" and path and len(str(path)) > LONGEST_ON_WINDOWS:
        name = "ENAMETOOLONG"  # Windows says that it does not exist
    if getattr(error, "winerror", None) == SHARING_VIOLATION:
        name = "EBUSY"
    sentence = SENTENCES.get(name, "{path}: {trouble}.")
    if "{path}" in sentence and not path:
        return f"{trouble.rstrip('.')}."
    return sentence.format(path=path, trouble=trouble)


def unreadable(path, error):
    """One sentence for a JSON file that cannot be read: the OSError or the ValueError of that."""
    why = getattr(error, "strerror", None) or f"it is no JSON file ({error})"
    return f"{path} cannot be read: {why}."
