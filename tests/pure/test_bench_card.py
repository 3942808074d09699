"""The table of networks on a card: skipped with a sentence where none answers, filled in where one does."""

from types import SimpleNamespace

import numpy as np
import pytest
from monorig.bench import networks_card
from monorig.inference import catalogue, providers

SPEC = catalogue.network("rtmpose-s-halpe26")


class OnCard:
    provider = providers.CUDA.name
    spec = SPEC

    def run(self, values):
        assert values.shape[0] == 1 and values.dtype == np.float32


@pytest.fixture
def card(monkeypatch):
    """card(network): a card is known, and this is what starting a network on it gives."""

    def known(network):
        tried = (providers.CUDA, providers.PROCESSOR)
        monkeypatch.setattr(providers, "to_try", lambda gpu: tried)
        monkeypatch.setattr(providers, "load_libraries", lambda tried: "")
        monkeypatch.setattr(networks_card.loading, "started", lambda *_: (network, []))

    return known


def test_without_a_card_it_says_so(monkeypatch, capsys):
    monkeypatch.setattr(providers, "to_try", lambda gpu: (providers.PROCESSOR,))
    assert networks_card.table({"pose": (SPEC, "pose.onnx")}) == {}
    assert "No card is measured: " in capsys.readouterr().out


def test_a_card_that_does_not_answer_is_said_too(card, capsys):
    card(SimpleNamespace(provider=providers.PROCESSOR.name))
    assert networks_card.table({"pose": (SPEC, "pose.onnx")}) == {}
    assert providers.NOTHING_ANSWERS in capsys.readouterr().out


def test_networks_and_captures_are_told_with_what_they_ran_on(card, monkeypatch, capsys):
    card(OnCard())
    told = SimpleNamespace(ms_per_frame=5.0, report={"provider": providers.CUDA.name})
    asked = []

    def ours(clip, chain, solver, gpu):
        asked.append((chain, solver, gpu))
        return told

    monkeypatch.setattr(networks_card.captures, "ours", ours)
    monkeypatch.setattr(networks_card.clips, "two_people_720p", lambda: "two.mp4")
    monkeypatch.setattr(networks_card.fetch, "fetch_chain", lambda chain: None)
    found = networks_card.table({networks_card.XNECT: (SPEC, "x.onnx")})
    said = capsys.readouterr().out
    assert found[f"card_runs_per_s_{networks_card.XNECT}"] > 0
    assert found["card_frames_per_s_take"] == pytest.approx(200)
    assert asked == [("live", "live", True), ("take", "take", True)]
    assert said.count(providers.CUDA.name) == 3 and ">= 150" in said and ">= 300" in said
