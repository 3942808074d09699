"""The page that says where to find what names every module once."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_module_of_inference_is_on_the_page_once():
    page = (ROOT / "docs" / "code-map.md").read_text(encoding="utf-8")
    table = page.partition("## `inference/`")[2]
    named = re.findall(r"`(\w+)`", table)
    there = [path.stem for path in (ROOT / "inference").glob("*.py") if path.stem != "__init__"]
    assert sorted(named) == sorted(there)
