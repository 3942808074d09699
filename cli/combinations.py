"""Versions of numpy beside the oldest and newest ONNX Runtime and OpenCV that the child may meet.

Other add-ons decide what lies in the folder that all extensions share; these ends of what
`inference/packages.py` takes are tried by `run.py test --numpy`.
"""

from dataclasses import dataclass

TESTS = ("media.txt", "test.txt", "convert.txt")


@dataclass(frozen=True)
class Combination:
    """One environment for the pure tests."""

    numpy: str  # major and minor version
    python: str
    runtime: str  # oldest, newest

    @property
    def name(self):
        return f"numpy {self.numpy}, {self.runtime} ONNX Runtime (Python {self.python})"

    @property
    def folder(self):
        return f"numpy-{self.numpy}-{self.runtime}"

    def tests(self, _first):
        """Folders of tests."""
        return ("tests/pure",)

    @property
    def files(self):
        """Its requirement files."""
        return (f"numpy-{self.numpy}.txt", f"runtime-{self.runtime}.txt", *TESTS)


# The corners first: where time runs short, they say most.
COMBINATIONS = (
    Combination("1.24", "3.11", "oldest"),
    Combination("2.4", "3.13", "newest"),
    Combination("1.24", "3.11", "newest"),
    Combination("2.4", "3.13", "oldest"),
    Combination("1.26", "3.11", "oldest"),
    Combination("1.26", "3.11", "newest"),
    Combination("2.2", "3.13", "oldest"),
    Combination("2.2", "3.13", "newest"),
)
