"""What each decoder asks of a network: which tensors, of which shapes, and what else its data file says.

A shape is written as one word per axis. A word is a number, a letter, or sums and multiples of them
("5+3K"); ".." behind it means "or more". Letters that the data file fixes: K keypoints, B limbs, C encoding
channels, W and H input size [px]. N is the batch. Any other letter stands for one size, the same wherever
the letter is met. Standard library only, so that a data file can be checked without loading anything.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

PICTURE, KEYPOINTS = "picture", "keypoints"
# What a decoder gives, as far as a chain has to know it:
BOXES = "boxes"
ONE_2D, ONE_3D = "2D in boxes", "3D in boxes"
FOLLOWED = "one person, followed by itself"
ALL_2D, ALL_3D, ENCODED = "2D of everybody", "3D of everybody", "2D and encodings of everybody"
LIFTED = "3D of keypoints"
HANDS, PALMS, FACES = "hands in crops", "palms in crops", "faces in crops"
TERM = re.compile(r"(\d*)([A-Za-z]?)")


@dataclass(frozen=True)
class Decoder:
    """One way to read a network; its function is in the module that `module` names."""

    module: str
    gives: str
    outputs: Mapping[str, str]  # the decoder's name of a tensor -> its shape
    options: tuple[str, ...] = ()  # keys of the data file's table [decoding]
    needs: tuple[str, ...] = ()  # keypoints without which it cannot work
    takes: str = PICTURE  # what the input tensor holds
    crops: bool = False  # one crop per person, so the batch must not be fixed


MAPS = {"heatmaps": "1 K.. h w", "fields": "1 2B h w"}
DECODERS = {
    "yolox": Decoder("yolox", BOXES, {"boxes": "1 M 5", "labels": "1 M"}),
    "simcc": Decoder("simcc", ONE_2D, {"x": "N K 2W", "y": "N K 2H"}, crops=True),
    "blazepose": Decoder(
        "blazepose",
        ONE_3D,
        {"landmarks": "N 195", "presence": "N 1", "heatmap": "N h w 39", "world": "N 117"},
        crops=True,
    ),
    "location_maps": Decoder(
        "location_maps",
        FOLLOWED,
        {"heatmaps": "N K h w", "x": "N K h w", "y": "N K h w", "z": "N K h w"},
        options=("metres_per_unit",),
        needs=("pelvis",),
        crops=True,
    ),
    "part_affinity": Decoder("part_affinity", ALL_2D, MAPS, options=("limbs",)),
    "orpm": Decoder(
        "orpm",
        ALL_3D,
        {**MAPS, "maps": "1 3K a b"},
        options=("limbs", "parents", "metres_per_unit"),
        needs=("neck", "pelvis"),
    ),
    "xnect": Decoder(
        "xnect",
        ENCODED,
        {**MAPS, "encoding": "1 3K h w"},
        options=("limbs", "parents"),
        needs=("neck",),
    ),
    "lifter": Decoder(
        "lifter",
        LIFTED,
        {"pose": "N 3K"},
        options=("inputs", "encoding", "metres_per_unit"),
        needs=("pelvis",),
        takes=KEYPOINTS,
        crops=True,
    ),
    "yolo_pose": Decoder("one_shot", ALL_2D, {"people": "1 5+3K M"}),
    "rtmo": Decoder("one_shot", ALL_2D, {"boxes": "1 M 5", "keypoints": "1 M K 3"}),
    "centre_offset": Decoder(
        "centre_offset",
        ALL_2D,
        {
            "centre": "1 1 h w",
            "regression": "1 2K h w",
            "heatmaps": "1 K h w",
            "offsets": "1 2K h w",
            "box_offset": "1 2 h w",
            "box_size": "1 2 h w",
        },
    ),
    "movenet": Decoder("centre_offset", ALL_2D, {"people": "1 M 5+3K"}),
    "hand": Decoder(
        "hands",
        HANDS,
        {"landmarks": "N 63", "presence": "N 1", "right": "N 1", "world": "N 63"},
        crops=True,
    ),
    "palm": Decoder("palms", PALMS, {"boxes": "N 2016 18", "scores": "N 2016 1"}, crops=True),
    "face": Decoder("faces", FACES, {"landmarks": "N 1 1 1404", "presence": "N 1 1 1"}, crops=True),
}


@dataclass
class Axes:
    """Sizes of the letters met so far."""

    known: dict = field(default_factory=dict)

    def fits(self, pattern, shape):
        """Whether a shape is as the pattern says; unknown letters take the size that they meet.

        An axis of the shape that is not a number (dynamic) fits every word.
        """
        words = pattern.split()
        return len(words) == len(shape) and all(map(self._axis_fits, words, shape))

    def _axis_fits(self, word, size):
        if not isinstance(size, int):
            return True
        at_least, word = word.endswith(".."), word.removesuffix("..")
        if word.isalpha() and word not in self.known:
            self.known[word] = size
        wanted = sum(map(self._value, word.split("+")))
        return size >= wanted if at_least else size == wanted

    def _value(self, term):
        factor, letter = TERM.fullmatch(term).groups()
        return int(factor or 1) * (self.known[letter] if letter else 1)


def axes_of(spec):
    """The sizes that a network's data file fixes."""
    sizes = {"K": len(spec.keypoints), "B": len(spec.decoding.get("limbs", ()))}
    if DECODERS[spec.decoder].takes == PICTURE:
        sizes["W"], sizes["H"] = spec.size
    return Axes(sizes)


def input_shape(spec, batch):
    """Shape of the input tensor for a batch of pictures, or of people for a lifter."""
    if DECODERS[spec.decoder].takes == KEYPOINTS:
        return batch, len(spec.decoding["inputs"]), 3 + spec.decoding["encoding"]
    width, height = spec.size
    return (batch, 3, height, width) if spec.layout == "NCHW" else (batch, height, width, 3)


def complaint(spec, shapes):
    """One sentence about the first output whose shape is not what the decoder reads; "" = all are.

    shapes   {the decoder's name of a tensor: its shape}, axes that are no numbers fit everything
    """
    axes = axes_of(spec)
    for name, pattern in DECODERS[spec.decoder].outputs.items():
        if not axes.fits(pattern, shapes[name]):
            sizes = ", ".join(f"{letter} = {size}" for letter, size in axes.known.items())
            return (
                f'The output "{spec.outputs[name]}" has the shape {shown(shapes[name])}; the decoder'
                f" {spec.decoder} reads {pattern} ({sizes})."
            )
    return ""


def shown(shape):
    return " x ".join(str(size) for size in shape) or "of a single number"
