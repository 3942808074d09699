"""The versions of Blender that the tests run on, and the interpreters found for them."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Blender:
    """A bpy to test on."""

    bpy: str
    python: str
    requirements: str  # file name
    numpy: str = "numpy.txt"

    @property
    def name(self):
        return f"bpy {self.bpy} (Python {self.python})"

    @property
    def folder(self):
        return f"bpy-{self.bpy}"

    def tests(self, first):
        """Folders of tests; the pure ones once per Python."""
        return ("tests/pure", "tests/blender") if first else ("tests/blender",)

    @property
    def files(self):
        """Requirement files of an environment that can run all tests but the converter's oracle."""
        numpy = (self.numpy,) if self.numpy else ()
        common = ("base.txt", "media.txt", "test.txt", "convert.txt", "blender-common.txt")
        return (*numpy, *common, self.requirements)


# The two ends first: where time runs short, they say most.
BLENDERS = (
    Blender("5.2.3", "3.13", "blender-5.2.txt"),
    Blender("4.2.23", "3.11", "blender-4.2.txt", numpy=""),  # names its own numpy
    Blender("4.5.15", "3.11", "blender-4.5.txt"),
    Blender("5.1.2", "3.13", "blender-5.1.txt"),
    Blender("5.0.1", "3.11", "blender-5.0.txt"),
)
PROBE = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
PROBE_TIMEOUT = 120.0  # [s] much longer than a start takes; a busy machine was seen to need 30


def interpreters(wanted, environ=os.environ):
    """{"3.11": path}: for each wanted version an interpreter that starts and can make a venv."""
    listed = [path for path in environ.get("MONORIG_PYTHONS", "").split(os.pathsep) if path]
    named = [shutil.which(f"python{version}") for version in wanted]
    found = {}
    for path in [sys.executable, *listed, *filter(None, named)]:
        version = probe(path)
        if version in wanted:
            found.setdefault(version, path)
    return found


def probe(path):
    """The version of an interpreter as "3.11"; empty where it does not run (a broken shim)."""
    try:
        done = subprocess.run(
            [path, "-c", PROBE], capture_output=True, text=True, timeout=PROBE_TIMEOUT
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
