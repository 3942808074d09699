"""What the extension site shows keeps to the site's limits."""

import re
import tomllib

import cv2
from monorig.cli import environment

ROOT = environment.ROOT
LISTING = ROOT / "docs" / "listing"
MANIFEST = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
TAGLINE, REASON = 64, 64  # letters at most (Blender's manual, "Extensions: manifest")
LARGEST = 1 << 20  # bytes of a picture here


def test_tagline_and_reasons_are_short_and_end_without_a_stop():
    assert len(MANIFEST["tagline"]) <= TAGLINE
    for text in (MANIFEST["tagline"], *MANIFEST["permissions"].values()):
        assert len(text) <= REASON and text[-1].isalnum() and "Blender" not in MANIFEST["name"]


def test_pictures_have_the_sizes_that_are_asked_for():
    icon = cv2.imread(str(LISTING / "icon.png"), cv2.IMREAD_UNCHANGED)
    assert icon.shape == (256, 256, 4) and (icon[0, 0, 3], icon[128, 16, 3]) == (0, 255)
    assert cv2.imread(str(LISTING / "featured.jpg")).shape == (1080, 1920, 3)
    assert all(path.stat().st_size < LARGEST for path in LISTING.iterdir())


def test_every_permission_is_explained():
    text = (LISTING / "listing.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| (\w+) \|", text.partition("## Why these")[2], re.MULTILINE)
    assert set(explained) - {"permission"} == set(MANIFEST["permissions"])


def test_every_page_is_in_the_list_of_pages():
    listed = re.findall(r"\]\(([\w./-]+\.md)\)", (ROOT / "docs" / "README.md").read_text("utf-8"))
    there = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert len(listed) == len(set(listed)) and set(listed) == there - {"README.md"}
