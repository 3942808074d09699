"""Which chains the panel offers: the usual ones, and others whose networks are here."""

from pathlib import Path

import bpy
import pytest
from monorig.inference import catalogue
from monorig.operators import capture, chain_choice, live, network_folders


@pytest.fixture
def own_folder(addon, tmp_path, monkeypatch):
    """The user's folder of networks, with a chain "Mine" of known networks; nothing is in the cache."""
    used = catalogue.chain("live")
    text = (catalogue.CHAINS / "live.toml").read_text(encoding="utf-8")
    (tmp_path / "chains").mkdir()
    (tmp_path / "chains" / "Mine.toml").write_text(text.replace('"live"', '"Mine"'), "utf-8")
    for name in (used.detector, used.pose_2d, used.pose_3d):
        (tmp_path / catalogue.network(name).onnx).touch()
    monkeypatch.setattr(network_folders, "searched", lambda _context: (str(tmp_path),))
    chain_choice.forget()
    yield tmp_path
    chain_choice.forget()


def offered():
    return [item[1] for item in chain_choice.items(None, bpy.context)]


def test_the_usual_chains_are_offered_and_keep_their_numbers(addon):
    usual = chain_choice.items(None, bpy.context)[:3]
    assert [(item[0], item[4]) for item in usual] == [("TAKE", 0), ("LIVE", 1), ("SOLO", 2)]
    assert bpy.context.scene.monorig.capture.chain == "TAKE"


def test_a_chain_of_ones_own_is_offered_and_used(own_folder):
    assert offered() == ["Take", "Live", "Solo", "Mine"]
    chosen = bpy.context.scene.monorig.capture
    chosen.chain, chosen.clip = "MINE", __file__
    assert capture.read_request(bpy.context).chain == "Mine"


def test_live_offers_the_same_chains_and_begins_with_its_own(own_folder):
    chosen = bpy.context.scene.monorig.live
    assert chosen.chain == "LIVE"
    chosen.source, chosen.clip, chosen.chain = "CLIP", __file__, "MINE"
    assert live.read_request(bpy.context).chain == "Mine"


def test_a_chain_without_its_weights_or_damaged_is_not(own_folder):
    (own_folder / catalogue.network("yolox-tiny-humanart").onnx).unlink()
    Path(own_folder, "chains", "Broken.toml").write_text("no toml", "utf-8")
    chain_choice.forget()
    assert offered() == ["Take", "Live", "Solo"]
