"""The networks and chains that the program knows, each a small TOML file read into a frozen record.

A network file says what a trained network is, where its weights come from, how to feed it and how to read it.
A chain file says which networks work together (detector, 2D keypoints, 3D keypoints).
Both are the program's own or lie in folders of the user: networks in the folder itself, chains in its `chains`.
Standard library only: the Blender side, the child process and run.py all read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import chain_forms
from .decoders import DECODERS, PICTURE
from .keypoints import INDEX
from .toml_tables import (
    COUNT,
    INTEGER,
    NUMBERS,
    PAIRS,
    PARENTS,
    POSITIVE,
    SIZE,
    TEXT,
    TEXTS,
    YES_NO,
    CatalogueError,
    checked_tables,
    read,
    require,
)

HERE = Path(__file__).resolve().parent
NETWORKS = HERE / "networks"
CHAINS = HERE / "chains"

OWN_CHAINS = "chains"  # folder in a folder of networks

LAYOUTS = ("NCHW", "NHWC")
COLOURS = ("RGB", "BGR")
CONVERSIONS = ("", "tflite", "graphdef", "tfjs")

NETWORK_SCHEMA = {
    "": {
        "name": TEXT,
        "licence": TEXT,
        "attribution": TEXT,
        "decoder": TEXT,
        "keypoints": TEXTS,
        "tested": YES_NO,
    },
    "file": {"onnx": TEXT, "sha256": TEXT, "convert": TEXT, "sources": TEXTS},
}
PICTURE_INPUT = {
    "tensor": TEXT,
    "layout": TEXT,
    "size": SIZE,
    "colour": TEXT,
    "mean": NUMBERS,
    "std": NUMBERS,
}
KEYPOINT_INPUT = {"tensor": TEXT}
DECODING = {
    "limbs": PAIRS,
    "parents": PARENTS,
    "metres_per_unit": POSITIVE,
    "inputs": TEXTS,
    "encoding": COUNT,
}
CHAIN_SCHEMA = {
    "": {
        "name": TEXT,
        "description": TEXT,
        **dict.fromkeys((*chain_forms.STEPS, *chain_forms.DETAILS), TEXT),
    },
    "options": {
        "detect_every": INTEGER,
        "max_people": INTEGER,
        "pose_3d_fallback": TEXT,
        "optional": YES_NO,  # the extension does not carry its networks: they have to be fetched
    },
}
MAY_BE_LEFT_OUT = {
    "": {"tested", *chain_forms.DETAILS},
    "options": set(CHAIN_SCHEMA["options"]),
}


@dataclass(frozen=True)
class NetworkSpec:
    """What one network file says."""

    name: str
    licence: str
    attribution: str  # who made and trained it, for NOTICE and the preferences
    decoder: str  # a name in the decoder table
    keypoints: tuple[str, ...]  # canonical name per output channel, "" = unused
    onnx: str  # file name in the extension's folder and in the cache
    sha256: str  # of the file as published, before any conversion; "" = unknown, where not tested
    convert: str  # "" or the format that has to be converted to ONNX
    sources: tuple[str, ...]  # tried in this order
    tensor: str
    outputs: Mapping[str, str]  # the decoder's name -> tensor name
    decoding: Mapping[str, object]  # what else the decoder has to know, see `decoders`
    tested: bool = True  # whether this project has run it on pictures and looked at what it sees
    # Of networks that take pictures:
    layout: str = ""  # NCHW or NHWC
    size: tuple[int, int] = (0, 0)  # width, height [px]
    colour: str = ""  # RGB or BGR
    mean: tuple[float, float, float] = ()  # network input = (pixel - mean) / std, pixel 0..255
    std: tuple[float, float, float] = ()


@dataclass(frozen=True)
class Chain:
    """What one chain file says; the steps are names of networks, "" = this step is left out."""

    name: str
    description: str
    detector: str
    pose_2d: str
    pose_3d: str
    options: Mapping[str, object]
    hands: str = ""
    palms: str = ""  # where hands are that are not where the wrists say
    face: str = ""

    @property
    def networks(self):
        """{step: name of its network} of the steps that have one, in the order in which they are loaded."""
        steps = (*chain_forms.STEPS, *chain_forms.DETAILS)
        return {step: getattr(self, step) for step in steps if getattr(self, step)}


def network(name, folders=()):
    """The NetworkSpec called `name`; the program's own, then those in folders of the user."""
    return load_network(named_file(name, (NETWORKS, *folders), "network"))


def chain(name, folders=()):
    """The Chain called `name`; folders of networks, whose `chains` are searched after the program's own."""
    return load_chain(named_file(name, chain_folders(folders), "chain"), folders)


def sees_crops(name, folders=()):
    """Whether the 3D of the chain called `name` is as crops show it (`crop_view`)."""
    return chain_forms.sees_crops(_specs(chain(name, folders), folders))


def _specs(used, folders):
    """{step: NetworkSpec, None where the Chain has no network}."""
    without = dict.fromkeys((*chain_forms.STEPS, *chain_forms.DETAILS))
    return {**without, **{step: network(name, folders) for step, name in used.networks.items()}}


def chains(folders=()):
    """Names of all chains, the program's own and those in folders of the user, sorted."""
    return tuple(sorted({name for folder in chain_folders(folders) for name in names(folder)}))


def chain_folders(folders):
    return (CHAINS, *(Path(folder) / OWN_CHAINS for folder in folders))


def names(folder):
    """Names of all files of a folder of networks or chains, sorted."""
    return tuple(sorted(path.stem for path in Path(folder).glob("*.toml")))


def named_file(name, folders, what):
    """The first file of that name."""
    for folder in folders:
        if name in names(folder):
            return Path(folder) / f"{name}.toml"
    known = ", ".join(sorted({known for folder in folders for known in names(folder)})) or "none"
    raise CatalogueError(f'There is no {what} "{name}"; known are: {known}.')


def load_network(path):
    """Read and check one network file."""
    path = Path(path)
    content = read(path)
    decoder = known_decoder(path, content)
    tables = checked_tables(path, content, network_schema(decoder), MAY_BE_LEFT_OUT)
    values = {**tables[""], **tables["file"], **tables["input"]}
    spec = NetworkSpec(**values, outputs=tables["outputs"], decoding=tables.get("decoding", {}))
    require(path, "name", spec.name == path.stem, f'"{path.stem}", as the file is called')
    known = is_sha256(spec.sha256) or not (spec.sha256 or spec.tested)
    require(path, "file.sha256", known, '64 hexadecimal digits (or "" where tested = false)')
    require(path, "file.onnx", is_plain_file_name(spec.onnx), "a file name that ends in .onnx")
    convertible = '"", ' + ", ".join(f'"{kind}"' for kind in CONVERSIONS if kind)
    require(path, "file.convert", spec.convert in CONVERSIONS, f"one of {convertible}")
    if decoder.takes == PICTURE:
        for key, allowed in (("layout", LAYOUTS), ("colour", COLOURS)):
            in_list = getattr(spec, key) in allowed
            require(path, f"input.{key}", in_list, "one of " + ", ".join(allowed))
        require(path, "input.std", 0.0 not in spec.std, "without a zero")
    check_keypoints(path, spec, decoder)
    return spec


def known_decoder(path, content):
    """The Decoder that a data file names."""
    name = content.get("decoder")
    if name is None:
        raise CatalogueError(f'{path.name}: the key "decoder" is missing.')
    known = isinstance(name, str) and name in DECODERS
    require(path, "decoder", known, "one of " + ", ".join(DECODERS))
    return DECODERS[name]


def network_schema(decoder):
    """The tables that the data file of a network with this decoder has."""
    schema = {
        **NETWORK_SCHEMA,
        "input": PICTURE_INPUT if decoder.takes == PICTURE else KEYPOINT_INPUT,
        "outputs": dict.fromkeys(decoder.outputs, TEXT),
    }
    if decoder.options:
        schema["decoding"] = {key: DECODING[key] for key in decoder.options}
    return schema


def check_keypoints(path, spec, decoder):
    """Raises CatalogueError where keypoints are unknown, or do not fit what the decoder is told of them."""
    for key, names in (("keypoints", spec.keypoints), ("inputs", spec.decoding.get("inputs", ()))):
        used = [name for name in names if name]
        require(path, key, len(used) == len(set(used)), "a list that names no keypoint twice")
        require(path, key, set(used) <= set(INDEX), 'a list of canonical names or ""')
    for name in decoder.needs:
        require(path, "keypoints", name in spec.keypoints, f'a list with "{name}" in it')
    channels = range(len(spec.keypoints))
    limbs = spec.decoding.get("limbs", ())
    in_range = all(a in channels and b in channels and a != b for a, b in limbs)
    require(path, "decoding.limbs", in_range, f"{PAIRS} of which there are {len(channels)}")
    if "parents" in spec.decoding:
        tree = is_tree(spec.decoding["parents"], len(channels))
        require(path, "decoding.parents", tree, f"one tree of {len(channels)} channels")
    if "inputs" in spec.decoding:
        neck = "neck" in spec.decoding["inputs"]
        require(path, "decoding.inputs", neck, 'a list with "neck" in it')


def load_chain(path, folders=()):
    """Read and check one chain file; its networks must exist, here or in the folders, and fit together."""
    path = Path(path)
    tables = checked_tables(path, read(path), CHAIN_SCHEMA, MAY_BE_LEFT_OUT)
    result = Chain(**tables[""], options=tables["options"])
    require(path, "name", result.name == path.stem, f'"{path.stem}", as the file is called')
    fallback = result.options.get("pose_3d_fallback", "")
    known = sorted({name for folder in (NETWORKS, *folders) for name in names(folder)})
    for step, name in {**result.networks, "options.pose_3d_fallback": fallback}.items():
        require(path, step, not name or name in known, "one of " + ", ".join(known))
    specs = _specs(result, folders)
    replaced = {**specs, "pose_3d": network(fallback, folders)} if fallback else specs
    for chosen in (specs, replaced):
        complaint = chain_forms.complaint(chosen)
        if complaint:
            raise CatalogueError(f"{path.name}: {complaint}")
    return result


def is_tree(parents, count):
    """Whether `count` channels hang together under one root, whose parent is -1."""
    if len(parents) != count or parents.count(-1) != 1:
        return False
    return all(reaches_root(channel, parents) for channel in range(count))


def reaches_root(channel, parents):
    for _ in parents:
        if channel == -1:
            return True
        if not 0 <= channel < len(parents):
            return False
        channel = parents[channel]
    return channel == -1


def is_sha256(text):
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def is_plain_file_name(text):
    return text.endswith(".onnx") and not set(text) & set('/\\:*?"<>|')
