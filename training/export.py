"""Networks of the published layouts with fixed random weights -> an ONNX file and its data file. Needs PyTorch.

They see nothing; they have the tensors, shapes and cost of trained ones, to measure and to test with.
Trained weights are exported in the same way.
"""

import hashlib
import json
import warnings
from pathlib import Path

import torch
from torch import nn

from .joints import LIMBS, ORPM_JOINTS, ORPM_PARENTS, VNECT_JOINTS
from .layers import merged
from .layouts import LAYOUTS, StageTwo

SEED = 1
OPSET = 17
NAMED = [name for name in ORPM_JOINTS if name]
TREE = {"limbs": LIMBS, "parents": ORPM_PARENTS}
# layout: decoder, keypoints, size, outputs, [decoding], whether the batch is free
FORMS = {
    "vnect": (
        "location_maps", VNECT_JOINTS, (368, 368), ("heatmaps", "x", "y", "z"),
        {"metres_per_unit": 0.1}, True,
    ),
    "orpm": (
        "orpm", ORPM_JOINTS, (512, 320), ("heatmaps", "fields", "maps"),
        {**TREE, "metres_per_unit": 1.0}, False,
    ),
    "xnect": (
        "xnect", ORPM_JOINTS, (512, 320), ("heatmaps", "fields", "encoding"), TREE, False,
    ),
}  # fmt: skip


def random_network(layout, core, seed=SEED):
    """A network with random weights, and random batch normalisation as after training."""
    torch.manual_seed(seed)
    network = LAYOUTS[layout](core)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.0)
            nn.init.normal_(module.bias, 0.0, 0.1)
            nn.init.normal_(module.running_mean, 0.0, 0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return network.eval()


def export(layout, core, folder, name=""):
    """Write NAME.onnx and NAME.toml of a layout on a core -> path of the data file."""
    decoder, keypoints, (width, height), outputs, decoding, free = FORMS[layout]
    name = name or f"{layout}-{core}"
    network = merged(random_network(layout, core))
    example = torch.zeros(1, 3, height, width)
    write_onnx(network, example, Path(folder) / f"{name}.onnx", outputs, free)
    picture = {
        "layout": "NCHW", "size": (width, height), "colour": "RGB",
        "mean": [123.675, 116.28, 103.53], "std": [58.395, 57.12, 57.375],
    }  # fmt: skip
    return write_data_file(folder, name, decoder, keypoints, picture, outputs, decoding)


def export_stage_two(folder, name="xnect-stage-two"):
    """Write NAME.onnx and NAME.toml of XNect's Stage II -> path of the data file."""
    torch.manual_seed(SEED)
    channels = 3 * len(ORPM_JOINTS)
    network = StageTwo(len(NAMED), 3 + channels, len(NAMED)).eval()
    example = torch.zeros(1, len(NAMED), 3 + channels)
    write_onnx(network, example, Path(folder) / f"{name}.onnx", ("pose",), True)
    decoding = {"inputs": NAMED, "encoding": channels, "metres_per_unit": 1.0}
    return write_data_file(folder, name, "lifter", NAMED, {}, ("pose",), decoding)


def write_onnx(network, example, path, outputs, free_batch):
    """Export a network; with a free batch every tensor's first axis may have any length."""
    axes = {name: {0: "N"} for name in ("input", *outputs)} if free_batch else None
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the exporter announces its successor
        torch.onnx.export(
            network, (example,), str(path), input_names=["input"], output_names=list(outputs),
            dynamic_axes=axes, opset_version=OPSET, dynamo=False,
        )  # fmt: skip


def write_data_file(folder, name, decoder, keypoints, picture, outputs, decoding):
    """Write NAME.toml beside NAME.onnx -> its path. JSON's texts, numbers and lists are TOML's too."""
    digest = hashlib.sha256((Path(folder) / f"{name}.onnx").read_bytes()).hexdigest()
    top = {
        "name": name, "licence": "GPL-3.0-or-later", "attribution": "random weights: it sees nothing",
        "decoder": decoder, "keypoints": keypoints,
    }  # fmt: skip
    tables = {
        "file": {"onnx": f"{name}.onnx", "sha256": digest, "convert": "", "sources": []},
        "input": {"tensor": "input", **picture},
        "outputs": {output: output for output in outputs},
        "decoding": decoding,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in top.items()]
    for table, values in tables.items():
        lines += [
            "",
            f"[{table}]",
            *(f"{key} = {json.dumps(value)}" for key, value in values.items()),
        ]
    path = Path(folder) / f"{name}.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
