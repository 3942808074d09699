"""What the documentation tells its reader to press is spelt as the panels show it, messages as they are said."""

import re

import pytest
from monorig.cli import environment, messages

ROOT = environment.ROOT
DOCS = ROOT / "docs"
GUIDES = ("install", "first-capture", "cleaning-up", "batch", "live", "troubleshooting")
PAGES = (*GUIDES, "rigs", "camera")
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
# *Quality*, *Preferences > Add-ons*; first in the row of a table are messages.
LABEL = re.compile(r"(?<!^\| )(?<!\*)\*([A-Z][^*]*)\*(?!\*)", re.MULTILINE)
BUTTON = re.compile(r"(?<!- )\*\*([A-Z][^*]*(?<!\.))\*\*")  # **Capture**; not "- **Upgrade**: ..."
MESSAGES = re.compile(
    r"^(?:\| |- )(`[^`]+`(?:(?:,| or| /) `[^`]+`)*)", re.MULTILINE
)  # | `The disk is full` |
SAYING = ("inference", "operators")  # folders whose texts troubleshooting.md explains
SPLIT = re.compile(r'"\s*\n\s*f?"')  # where a text goes on in the next line
# Shown by Blender itself, by the keyboard, by other programs.
BLENDERS = {
    *("Edit", "Preferences", "Get Extensions", "Install from Disk", "Installed", "Uninstall"),
    *("Add-ons",),
    *("System", "Network", "Allow Online Access", "Window", "Toggle System Console"),
    *("Sidebar", "Sidebar (N)", "N", "ESC", "Space"),
    *("MJPEG over HTTP", "RTSP"),
}
QUALITIES = {"Take", "Live", "Solo"}  # are made of the names of chains


@pytest.fixture(scope="module")
def shown():
    """One expression for all texts that the extension shows; a value in them may be any word."""
    texts = "|".join(re.escape(text) for _, text in messages.messages())
    return re.compile(re.sub(r"\\\{.*?\\\}", r"\\S+", texts))


def named(page, form):
    """What a page names, path by path: *GPU Runtime > Install* are two, *Device: Processor* too."""
    text = CODE.sub("", (DOCS / f"{page}.md").read_text(encoding="utf-8"))
    found = (" ".join(one.split()) for one in form.findall(text))
    return {part for one in found for part in re.split(" > |: ", one)}


def unknown(labels, shown):
    """Those that neither the extension nor Blender shows."""
    return sorted(one for one in labels - BLENDERS - QUALITIES if not shown.fullmatch(one))


@pytest.mark.parametrize("page", PAGES)
def test_every_label_is_one_that_is_shown(page, shown):
    labels = named(page, LABEL)
    assert len(labels) >= 3 and unknown(labels, shown) == []


@pytest.mark.parametrize("page", GUIDES)
def test_every_button_is_one_that_is_shown(page, shown):
    buttons = named(page, BUTTON)
    assert buttons and unknown(buttons, shown) == []


def test_a_label_that_was_renamed_would_be_found(shown):
    assert unknown({"Quality", "Chain", "Camera 3"}, shown) == ["Chain"]


def test_every_message_that_is_explained_is_one_that_is_said():
    sources = [path for folder in SAYING for path in sorted((ROOT / folder).glob("*.py"))]
    said = SPLIT.sub("", "\n".join(path.read_text(encoding="utf-8") for path in sources))
    page = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    explained = [one for row in MESSAGES.findall(page) for one in re.findall("`(.+?)`", row)]
    parts = [part.strip() for one in explained for part in one.split("...")]  # ... is a value
    assert len(explained) > 25 and [part for part in parts if part not in said] == []
