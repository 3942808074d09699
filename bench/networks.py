"""What the published cores cost beside each other, and what decoding costs beside the networks.

The networks of the catalogue that were fetched, one picture or person each; and networks of XNect's, ORPM's and
VNect's layout with random weights, exported by training/ (PyTorch, an optional extra: run.py network export). ONNX
Runtime on one thread; processor time of that thread, the networks in turn, the least of several rounds, so that
other programs disturb less. Memory is that of a process of its own (`networks_memory`). Decoding on maps of people
who stand side by side. Published: SelecSLS Net 1.3 to 1.8 times as fast as ResNet-50 (Mehta 2020, Table 7.10).
"""

import contextlib
import importlib.util
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from ..inference import catalogue, location_maps, orpm, part_affinity, weights, xnect
from ..inference.camera import make
from ..inference.crops import crop_transforms
from ..inference.decoders import input_shape
from ..inference.network import Network
from ..training.joints import LIMBS
from . import networks_card, networks_memory, rendered_maps
from .tables import header, number, row

SIZE, CROP, STRIDE = (512, 320), (368, 368), 8
CORES = ("selecsls", "resnet50", "resnet34")
BESIDE = "rtmpose-s-halpe26"
ROUNDS, DECODINGS = 7, 40
PEOPLE = (1, 5, 10, 20)
LEAST_FASTER, MOST_DECODING, MOST_GROUPING_MS, MOST_FOR_TEN = 1.4, 0.15, 5.0, 1.15


def main(args):
    fetched = fetched_table()
    if importlib.util.find_spec("torch") is None:
        print("No PyTorch (run.py network export installs it): no cores of the papers measured.")
        return {**fetched, **networks_card.table(files())}
    with tempfile.TemporaryDirectory() as folder:
        networks = load(Path(folder))
        ms = network_ms(networks)
        specs = {name: network.spec for name, network in networks.items()}
        exported = {name: (spec, Path(folder) / spec.onnx) for name, spec in specs.items()}
        memory = memory_mb(exported)
        card = networks_card.table({**files(), **exported})
    shares = decoding_table(specs, ms)
    tables = {**core_table(ms, memory), **shares, **one_shot_table(shares), **grouping_table()}
    return {**fetched, **tables, **card}


def fetched_table():
    """What one run of each network costs that is here, beside the 2D network of the default chains."""
    networks = dict(here())
    ms, memory = network_ms(networks), memory_mb(files())
    header("network", "input", "ms", "this / RTMPose-s", "memory [MB]")
    for name, network in networks.items():
        ratio = ms[name] / ms[BESIDE] if BESIDE in ms else float("nan")
        size = " x ".join(str(side) for side in network.spec.size)
        row(name, size, number(ms[name], 1), number(ratio, 2), number(memory[name], 0))
    kinds = {"ms": ms, "memory_mb": memory}
    return {f"{kind}_{name}": found[name] for kind, found in kinds.items() for name in networks}


def files():
    """{name: (NetworkSpec, file)} of what was fetched."""
    found = {}
    for name in catalogue.names(catalogue.NETWORKS):
        spec = catalogue.network(name)
        with contextlib.suppress(weights.WeightsError):
            found[name] = spec, weights.find(spec)
    return found


def here():
    """(name, Network) of what was fetched."""
    for name, (spec, path) in files().items():
        network = Network(spec, path, threads=1)
        network.warm_up()
        yield name, network


def load(folder):
    """{name: Network}: XNect on every core, ORPM and VNect on SelecSLS Net."""
    from ..training.export import export

    networks = {}
    for layout, core in [
        *(("xnect", core) for core in CORES),
        *((name, CORES[0]) for name in ("orpm", "vnect")),
    ]:
        path = export(layout, core, folder)
        spec = catalogue.load_network(path)
        networks[path.stem] = Network(spec, path.with_suffix(".onnx"), threads=1)
        networks[path.stem].warm_up()
    return networks


def network_ms(networks):
    """{name: ms of one run}"""
    rng, times = np.random.default_rng(1), {name: [] for name in networks}
    for _ in range(ROUNDS):
        for name, network in networks.items():
            values = rng.normal(size=input_shape(network.spec, 1)).astype(np.float32)
            times[name].append(1000 * seconds_of(lambda network=network, v=values: network.run(v)))
    return {name: min(values) for name, values in times.items()}


def memory_mb(files):
    """{name: (NetworkSpec, file)} -> {name: peak memory of a process that loads and runs it [MB]}"""
    return {
        name: networks_memory.peak_mb(path, input_shape(spec, 1))
        for name, (spec, path) in files.items()
    }


def seconds_of(work):
    start = time.thread_time()
    work()
    return time.thread_time() - start


def core_table(ms, memory):
    """Cores beside each other: time, and memory; both of XNect on them."""
    header(
        "core with XNect's heads, 512 x 320", "ms", "ResNet-50 / this", "target",
        "memory [MB]", "this / ResNet-50", "target",
    )  # fmt: skip
    result = {}
    for core in CORES:
        name, heaviest = f"xnect-{core}", "xnect-resnet50"
        faster, share = ms[heaviest] / ms[name], memory[name] / memory[heaviest]
        targets = (f">= {LEAST_FASTER}", "< 1") if core == "selecsls" else ("-", "-")
        row(
            core, number(ms[name], 0), number(faster, 2), targets[0],
            number(memory[name], 0), number(share, 2), targets[1],
        )  # fmt: skip
        result[f"core_ms_{core}"], result[f"core_faster_{core}"] = ms[name], faster
        result[f"core_memory_mb_{core}"] = memory[name]
    return result


def decoding_table(specs, ms):
    header("decoding", "people", "ms", "of the network's time [%]", "target [%]")
    result, most = {}, number(100 * MOST_DECODING, 0)
    for name, people, decode in decodings(specs):
        spent = 1000 * min(seconds_of(decode) for _ in range(DECODINGS))
        share = spent / ms[name]
        row(name, people, number(spent, 1), number(100 * share, 1), f"<= {most}")
        result[f"decoding_share_{name}_{people}"] = share
    return result


def decodings(specs):
    """(network, people, function that decodes what it would say of so many people)"""
    rng = np.random.default_rng(2)
    width, height = SIZE
    crops = crop_transforms([(184, 184, 368, 368, 0)], CROP)
    person = rng.random((1, 21, CROP[1] // STRIDE, CROP[0] // STRIDE)).astype(np.float32)
    said = {"heatmaps": person, "x": person, "y": person, "z": person}
    K, spec = make(CROP).K, specs["vnect-selecsls"]
    yield "vnect-selecsls", 1, lambda: location_maps.decode(said, crops, spec, K)
    for people in PEOPLE:
        maps = maps_of(people)
        for layout, decode, output, stride in (
            ("orpm", orpm.decode, "maps", STRIDE // 2),
            ("xnect", xnect.decode, "encoding", STRIDE),
        ):
            values = rng.normal(size=(1, 51, height // stride, width // stride))
            outputs, spec = {**maps, output: values}, specs[f"{layout}-selecsls"]
            yield (
                spec.name, people,
                lambda decode=decode, outputs=outputs, spec=spec: decode(outputs, spec, 0.4),
            )  # fmt: skip


def maps_of(people):
    crowd = rendered_maps.standing(people, SIZE)
    return {
        "heatmaps": rendered_maps.peaks(crowd, SIZE, STRIDE)[None],
        "fields": rendered_maps.fields(crowd, SIZE, STRIDE)[None],
    }


def one_shot_table(shares):
    """Networks that see everybody at once: what more people cost."""
    header("network and decoding", "10 people / 1 person", "target")
    result = {}
    for name in ("orpm-selecsls", "xnect-selecsls"):
        one, ten = (1 + shares[f"decoding_share_{name}_{people}"] for people in (1, 10))
        row(name, number(ten / one, 3), f"<= {MOST_FOR_TEN}")
        result[f"ten_people_{name}"] = ten / one
    return result


def grouping_table():
    header("grouping by part affinity, people", "ms", "target [ms]")
    result = {}
    for people in PEOPLE:
        maps = SimpleNamespace(**{name: values[0] for name, values in maps_of(people).items()})
        group = lambda maps=maps: part_affinity.group(maps.heatmaps, maps.fields, LIMBS)  # noqa: E731
        spent = 1000 * min(seconds_of(group) for _ in range(DECODINGS))
        row(people, number(spent, 2), f"<= {MOST_GROUPING_MS}" if people == 20 else "-")
        result[f"grouping_ms_{people}"] = spent
    return result
