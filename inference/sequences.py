"""Numbered pictures as a clip: which files belong together. Standard library only."""

import re
from pathlib import Path

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".exr")
NUMBERED = re.compile(r"(.*?)(\d+)(\D*)$")
RATE = 24.0  # pictures a second, where nobody says


def is_picture(path):
    """Whether a file is a picture, and so stands for a sequence of them."""
    return Path(path).suffix.lower() in PICTURES


def first_of(path):
    """The picture with the lowest number in an unbroken row of numbers around this one."""
    path = Path(path)
    found = NUMBERED.match(path.stem)
    if not found:
        return path
    head, digits, tail = found.groups()
    number = int(digits)
    while number > 0:
        before = path.with_name(f"{head}{number - 1:0{len(digits)}d}{tail}{path.suffix}")
        if not before.exists():
            break
        path, number = before, number - 1
    return path


def number_of(path):
    """The number in a picture's name, 0 where there is none."""
    found = NUMBERED.match(Path(path).stem)
    return int(found.group(2)) if found else 0
