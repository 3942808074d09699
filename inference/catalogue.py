"""The networks and chains that the program knows, each a small TOML file read into a frozen record.

A network file says what a trained network is, where its weights come from and how to feed it.
A chain file says which networks work together (detector, 2D keypoints, 3D keypoints).
Standard library only: the Blender side, the child process and run.py all read it.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .keypoints import INDEX

HERE = Path(__file__).resolve().parent
NETWORKS = HERE / "networks"
CHAINS = HERE / "chains"

LAYOUTS = ("NCHW", "NHWC")
COLOURS = ("RGB", "BGR")
CONVERSIONS = ("", "tflite")

TEXT = "a text"
TEXTS = "a list of texts"
INTEGER = "a whole number"
SIZE = "two whole numbers above 0: width, height"
NUMBERS = "three numbers"
TABLE = "a table of texts"
OPTIONS = "a table of options"

NETWORK_SCHEMA = {
    "": {"name": TEXT, "licence": TEXT, "attribution": TEXT, "decoder": TEXT, "keypoints": TEXTS},
    "file": {"onnx": TEXT, "sha256": TEXT, "convert": TEXT, "sources": TEXTS},
    "input": {
        "tensor": TEXT,
        "layout": TEXT,
        "size": SIZE,
        "colour": TEXT,
        "mean": NUMBERS,
        "std": NUMBERS,
    },
    "outputs": TABLE,
}
CHAIN_SCHEMA = {
    "": {"name": TEXT, "description": TEXT, "detector": TEXT, "pose_2d": TEXT, "pose_3d": TEXT},
    "options": OPTIONS,
}
CHAIN_OPTIONS = {"detect_every": INTEGER, "max_people": INTEGER, "pose_3d_fallback": TEXT}


class CatalogueError(Exception):
    """One sentence that names the file and the key that is wrong."""


@dataclass(frozen=True)
class NetworkSpec:
    """What one network file says."""

    name: str
    licence: str
    attribution: str  # who made and trained it, for NOTICE and the preferences
    decoder: str  # a name in the decoder table
    keypoints: tuple[str, ...]  # canonical name per output channel, "" = unused
    onnx: str  # file name in the extension's folder and in the cache
    sha256: str  # of the file as published, before any conversion
    convert: str  # "" or the format that has to be converted to ONNX
    sources: tuple[str, ...]  # tried in this order
    tensor: str
    layout: str  # NCHW or NHWC
    size: tuple[int, int]  # width, height [px]
    colour: str  # RGB or BGR
    mean: tuple[float, float, float]  # network input = (pixel - mean) / std, pixel 0..255
    std: tuple[float, float, float]
    outputs: Mapping[str, str]  # the decoder's name -> tensor name


@dataclass(frozen=True)
class Chain:
    """What one chain file says; the steps are names of networks, "" = this step is left out."""

    name: str
    description: str
    detector: str
    pose_2d: str
    pose_3d: str
    options: Mapping[str, object]


def network(name, folder=NETWORKS):
    """The NetworkSpec called `name`."""
    return load_network(named_file(name, folder, "network"))


def chain(name, folder=CHAINS):
    """The Chain called `name`."""
    return load_chain(named_file(name, folder, "chain"))


def names(folder):
    """Names of all files of a folder of networks or chains, sorted."""
    return tuple(sorted(path.stem for path in Path(folder).glob("*.toml")))


def named_file(name, folder, what):
    path = Path(folder) / f"{name}.toml"
    if name not in names(folder):
        known = ", ".join(names(folder)) or "none"
        raise CatalogueError(f'There is no {what} "{name}"; known are: {known}.')
    return path


def load_network(path):
    """Read and check one network file."""
    path = Path(path)
    tables = read_tables(path, NETWORK_SCHEMA)
    values = {**tables[""], **tables["file"], **tables["input"], "outputs": tables["outputs"]}
    require(path, "name", values["name"] == path.stem, f'"{path.stem}", as the file is called')
    require(path, "file.sha256", is_sha256(values["sha256"]), "64 hexadecimal digits")
    require(path, "file.onnx", is_plain_file_name(values["onnx"]), "a file name that ends in .onnx")
    for key, allowed in (("layout", LAYOUTS), ("colour", COLOURS)):
        require(path, f"input.{key}", values[key] in allowed, "one of " + ", ".join(allowed))
    require(path, "file.convert", values["convert"] in CONVERSIONS, 'either "" or "tflite"')
    require(path, "input.std", 0.0 not in values["std"], "without a zero")
    used = [keypoint for keypoint in values["keypoints"] if keypoint]
    require(path, "keypoints", len(used) == len(set(used)), "a list that names no keypoint twice")
    require(path, "keypoints", set(used) <= set(INDEX), 'a list of canonical names or ""')
    return NetworkSpec(**values)


def load_chain(path, networks=NETWORKS):
    """Read and check one chain file; the networks it names must exist."""
    path = Path(path)
    tables = read_tables(path, CHAIN_SCHEMA)
    result = Chain(**tables[""], options=tables["options"])
    require(path, "name", result.name == path.stem, f'"{path.stem}", as the file is called')
    known = names(networks)
    steps = {step: getattr(result, step) for step in ("detector", "pose_2d", "pose_3d")}
    steps["options.pose_3d_fallback"] = result.options.get("pose_3d_fallback", "")
    for step, name in steps.items():
        require(path, step, not name or name in known, "one of " + ", ".join(known))
    return result


def read_tables(path, schema):
    """{table: {key: value}} of a TOML file, every value of the type that the schema asks for."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogueError(f"{path.name} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path.name} is not a valid TOML file: {error}.") from error
    top = {key: value for key, value in content.items() if not isinstance(value, dict)}
    given = {"": top, **{key: value for key, value in content.items() if isinstance(value, dict)}}
    for table in given:
        if table not in schema:
            raise CatalogueError(f"{path.name}: unknown table [{table}].")
    for table in schema:
        if table not in given:
            raise CatalogueError(f"{path.name}: the table [{table}] is missing.")
    return {table: checked(path, table, given[table], rules) for table, rules in schema.items()}


def checked(path, table, values, rules):
    """The values of one table, checked and made immutable."""
    if rules == TABLE:
        rules, missing_is_fine = dict.fromkeys(values, TEXT), True
    elif rules == OPTIONS:
        rules, missing_is_fine = CHAIN_OPTIONS, True
    else:
        missing_is_fine = False
    prefix = f"{table}." if table else ""
    for key in values:
        if key not in rules:
            raise CatalogueError(f'{path.name}: unknown key "{prefix}{key}".')
    for key in rules:
        if key not in values and not missing_is_fine:
            raise CatalogueError(f'{path.name}: the key "{prefix}{key}" is missing.')
    return {key: typed(path, prefix + key, value, rules[key]) for key, value in values.items()}


def typed(path, key, value, rule):
    """The value as an immutable Python value, or a CatalogueError that says what was expected."""
    if rule == TEXT:
        require(path, key, isinstance(value, str), rule)
        return value
    if rule == INTEGER:
        require(path, key, is_integer(value), rule)
        return value
    require(path, key, isinstance(value, list), rule)
    if rule == TEXTS:
        require(path, key, all(isinstance(item, str) for item in value), rule)
        return tuple(value)
    if rule == SIZE:
        positive = all(is_integer(item) and item > 0 for item in value)
        require(path, key, len(value) == 2 and positive, rule)
        return tuple(value)
    numbers = all(is_integer(item) or isinstance(item, float) for item in value)
    require(path, key, len(value) == 3 and numbers, rule)
    return tuple(float(item) for item in value)


def require(path, key, holds, expected):
    if not holds:
        raise CatalogueError(f'{path.name}: "{key}" must be {expected}.')


def is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_sha256(text):
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def is_plain_file_name(text):
    return text.endswith(".onnx") and not set(text) & set('/\\:*?"<>|')
