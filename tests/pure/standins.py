"""Stand-in networks with the tensors of the real ones, and clips of somebody whom they really see.

The figure is a rectangle that carries its own coordinates as colours: red = somebody is here, green = how
far to the right, blue = how far down. A stand-in finds keypoint k where the colours are those of k, in any
crop, so that detector, tracking and decoders work on it as on people.
"""

import numpy as np
import onnx
from monorig.inference import catalogue
from monorig.inference.keypoints import KEYPOINTS
from monorig.inference.kinematics import forward
from monorig.inference.skeleton import SKELETON, universal_body
from onnx import TensorProto, helper, numpy_helper

HEIGHT_M = 1.70
RED_HERE, RED_ELSEWHERE, RED_LIMIT = 220, 20, 165.0  # the detector's letterbox is grey 114
DARK, SPAN = 25.0, 205.0  # colour = DARK + SPAN x coordinate
WIDTH_OF_COLOUR = 5.0


def _standing():
    """Markers (K,3) [m] of somebody who stands with the arms a little out."""
    q = np.zeros(SKELETON.num_dofs)
    for name, degrees in (("shoulder_raise", -50), ("elbow_bend", 20), ("shin_bend", 5)):
        for side in "LR":
            q[SKELETON.dof_names.index(f"{name}.{side}")] = np.radians(degrees)
    return forward(q, universal_body(HEIGHT_M)).markers


MARKERS = _standing()
LOW, HIGH = MARKERS.min(0) - 0.03, MARKERS.max(0) + 0.03
ASPECT = (HIGH[0] - LOW[0]) / (HIGH[2] - LOW[2])
PLACES = np.stack(  # (K,2) in the rectangle, 0..1 to the right and down
    [(MARKERS[:, 0] - LOW[0]) / (HIGH[0] - LOW[0]), (HIGH[2] - MARKERS[:, 2]) / (HIGH[2] - LOW[2])],
    -1,
)
X_CAMERA = MARKERS[:, [0, 2, 1]] * [1, -1, 1]  # x right, y down, z away


def draw_people(boxes, size):
    """(H,W,3) uint8 RGB with a figure in each box (x1, y1, height) [px]."""
    width, height = size
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = RED_ELSEWHERE
    for x1, y1, tall in boxes:
        wide = tall * ASPECT
        u = (np.arange(width) - x1) / wide
        v = (np.arange(height) - y1) / tall
        rows, columns = (v >= 0) & (v <= 1), (u >= 0) & (u <= 1)
        here = np.ix_(rows, columns)
        image[..., 0][here] = RED_HERE
        image[..., 1][here] = (DARK + SPAN * u[columns])[None]
        image[..., 2][here] = (DARK + SPAN * v[rows])[:, None]
    return image


def keypoint_pixels(box):
    """True px (K,2) of the figure in a box (x1, y1, height)."""
    x1, y1, tall = box
    return np.array([x1, y1]) + PLACES * [tall * ASPECT, tall]


class Graph:
    """Collects the nodes of a small ONNX file."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, value, dtype=np.float32):
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def add(self, operator, *inputs, out=None, **attributes):
        """Adds a node; inputs are names or constants. Returns the name of its output."""
        names = [name if isinstance(name, str) else self.constant(name) for name in inputs]
        out = out or f"value{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, names, [out], **attributes))
        return out

    def ints(self, *values):
        return self.constant(values, np.int64)

    def write(self, path, tensor, shape, outputs):
        """outputs {name: type}; shapes are left to ONNX Runtime."""
        graph = helper.make_graph(
            self.nodes, "stand-in", [helper.make_tensor_value_info(tensor, TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info(name, kind, None) for name, kind in outputs.items()], self.constants,
        )  # fmt: skip
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.save(model, path)


def _planes(graph, image):
    """Red, green, blue (N,1,h,w) of an RGB tensor (N,3,h,w) of 0..255."""
    axis = graph.ints(1)
    return [graph.add("Slice", image, graph.ints(c), graph.ints(c + 1), axis) for c in range(3)]


def _likeness(graph, image, places):
    """(N,k,h,w): how much every pixel looks like the keypoints at these places (k,2)."""
    red, green, blue = _planes(graph, image)
    here = graph.add("Sigmoid", graph.add("Div", graph.add("Sub", red, RED_LIMIT), 8.0))
    distance = None
    for plane, place in ((green, places[:, 0]), (blue, places[:, 1])):
        wanted = (DARK + SPAN * place)[None, :, None, None]
        away = graph.add("Div", graph.add("Sub", plane, wanted), WIDTH_OF_COLOUR)
        square = graph.add("Mul", away, away)
        distance = square if distance is None else graph.add("Add", distance, square)
    return graph.add("Mul", here, graph.add("Exp", graph.add("Mul", distance, -0.5)))


def write_detector(path, spec):
    """Boxes of at most two figures, one in each half of the input."""
    graph, (width, height) = Graph(), spec.size
    red = graph.add("Slice", spec.tensor, graph.ints(2), graph.ints(3), graph.ints(1))
    here = graph.add("Cast", graph.add("Greater", red, RED_LIMIT), to=TensorProto.FLOAT)
    boxes = []
    for start, end in ((0, width // 2), (width // 2, width)):
        half = graph.add("Slice", here, graph.ints(start), graph.ints(end), graph.ints(3))
        x1, x2 = _extent(graph, graph.add("ReduceMax", half, axes=[0, 1, 2], keepdims=0), start)
        y1, y2 = _extent(graph, graph.add("ReduceMax", half, axes=[0, 1, 3], keepdims=0), 0)
        score = graph.add("ReduceMax", half, keepdims=1)
        score = graph.add("Mul", graph.add("Reshape", score, graph.ints(1)), 0.9)
        boxes.append(graph.add("Concat", x1, y1, x2, y2, score, axis=0))
    both = graph.add("Concat", *boxes, axis=0)
    graph.add("Reshape", both, graph.ints(1, 2, 5), out=spec.outputs["boxes"])
    graph.add("Identity", graph.constant([[0, 0]], np.int64), out=spec.outputs["labels"])
    outputs = {spec.outputs["boxes"]: TensorProto.FLOAT, spec.outputs["labels"]: TensorProto.INT64}
    graph.write(path, spec.tensor, [1, 3, height, width], outputs)


def _extent(graph, flags, start):
    """First and one past the last place (1,) where flags (n,) are set."""
    ends = []
    for last in (0, 1):
        found = graph.add("ArgMax", flags, axis=0, keepdims=1, select_last_index=last)
        ends.append(
            graph.add("Add", graph.add("Cast", found, to=TensorProto.FLOAT), float(start + last))
        )
    return ends


def write_pose_2d(path, spec):
    """Scores of half-pixel bins along both axes."""
    graph, (width, height) = Graph(), spec.size
    mean, std = (np.array(v)[None, :, None, None] for v in (spec.mean, spec.std))
    image = graph.add("Add", graph.add("Mul", spec.tensor, std), mean)
    small = graph.add("AveragePool", image, kernel_shape=[2, 2], strides=[2, 2])
    places = PLACES[[KEYPOINTS.index(name) for name in spec.keypoints]]
    alike = _likeness(graph, small, places)
    for name, axis in (("x", 2), ("y", 3)):
        line = graph.add("ReduceMax", alike, axes=[axis], keepdims=0)
        scales = graph.constant([1.0, 1.0, 4.0])  # two pixels -> four half-pixel bins
        graph.add(
            "Resize", line, "", scales, out=spec.outputs[name], mode="linear",
            coordinate_transformation_mode="half_pixel",
        )  # fmt: skip
    outputs = dict.fromkeys(spec.outputs.values(), TensorProto.FLOAT)
    graph.write(path, spec.tensor, ["N", 3, height, width], outputs)


def write_pose_3d(path, spec):
    """39 landmarks in the crop and in metres, visibility, presence; flat heatmaps."""
    graph, (width, height) = Graph(), spec.size
    names = [name or "nose" for name in spec.keypoints] + ["pelvis"] * (39 - len(spec.keypoints))
    rows = [KEYPOINTS.index(name) for name in names]
    image = graph.add("Mul", graph.add("Transpose", spec.tensor, perm=[0, 3, 1, 2]), 255.0)
    small = graph.add("AveragePool", image, kernel_shape=[4, 4], strides=[4, 4])
    alike = _likeness(graph, small, PLACES[rows])
    place = np.arange(width // 4) * 4.0 + 1.5
    total = graph.add("Add", graph.add("ReduceSum", alike, graph.ints(2, 3), keepdims=0), 1e-6)
    best = graph.add("ReduceMax", alike, axes=[2, 3], keepdims=0)
    columns = []
    for weights in (place[None, None, None, :], place[None, None, :, None]):
        moment = graph.add(
            "ReduceSum", graph.add("Mul", alike, weights), graph.ints(2, 3), keepdims=0
        )
        columns.append(graph.add("Div", moment, total))
    nothing = graph.add("Mul", best, 0.0)
    logit = graph.add("Sub", graph.add("Mul", best, 10.0), 5.0)
    columns = [graph.add("Unsqueeze", c, graph.ints(2)) for c in (*columns, nothing, logit, logit)]
    graph.add(
        "Reshape",
        graph.add("Concat", *columns, axis=2),
        graph.ints(-1, 195),
        out=spec.outputs["landmarks"],
    )
    graph.add("ReduceMax", best, axes=[1], keepdims=1, out=spec.outputs["presence"])
    flat = graph.add("Sub", graph.add("Mul", alike, 0.0), 10.0)
    graph.add("Transpose", flat, out=spec.outputs["heatmap"], perm=[0, 2, 3, 1])
    metres = graph.add("Add", graph.add("Unsqueeze", nothing, graph.ints(2)), X_CAMERA[rows][None])
    graph.add("Reshape", metres, graph.ints(-1, 117), out=spec.outputs["world"])
    outputs = dict.fromkeys(spec.outputs.values(), TensorProto.FLOAT)
    graph.write(path, spec.tensor, ["N", height, width, 3], outputs)


def write_one_shot(path, spec):
    """Box and keypoints of one figure in the whole picture, in RTMO's layout."""
    graph, (width, height) = Graph(), spec.size
    places = PLACES[[KEYPOINTS.index(name) for name in spec.keypoints]]
    alike = _likeness(graph, spec.tensor, places)
    total = graph.add("Add", graph.add("ReduceSum", alike, graph.ints(2, 3), keepdims=0), 1e-6)
    columns = []
    for weights in (
        np.arange(width)[None, None, None],
        np.arange(height)[None, None, :, None],
    ):
        moment = graph.add("Mul", alike, weights)
        moment = graph.add("ReduceSum", moment, graph.ints(2, 3), keepdims=0)
        columns.append(graph.add("Div", moment, total))
    best = graph.add("ReduceMax", alike, axes=[2, 3], keepdims=0)
    columns = [graph.add("Unsqueeze", value, graph.ints(2)) for value in (*columns, best)]
    people = graph.add("Unsqueeze", graph.add("Concat", *columns, axis=2), graph.ints(1))
    graph.add("Identity", people, out=spec.outputs["keypoints"])
    low, high = (graph.add(f"Reduce{end}", people, axes=[2], keepdims=0) for end in ("Min", "Max"))
    corners = [
        graph.add("Slice", ends, graph.ints(0), graph.ints(2), graph.ints(2))
        for ends in (low, high)
    ]
    score = graph.add("ReduceMean", people, axes=[2], keepdims=0)
    score = graph.add("Slice", score, graph.ints(2), graph.ints(3), graph.ints(2))
    graph.add("Concat", *corners, score, axis=2, out=spec.outputs["boxes"])
    outputs = dict.fromkeys(spec.outputs.values(), TensorProto.FLOAT)
    graph.write(path, spec.tensor, [1, 3, height, width], outputs)


NETWORKS = ("yolox-tiny-humanart", "rtmpose-s-halpe26", "blazepose-heavy", "blazepose-full")
WRITERS = {"yolox": write_detector, "simcc": write_pose_2d, "blazepose": write_pose_3d}


def write_networks(
    folder, names=("yolox-tiny-humanart", "rtmpose-s-halpe26", "blazepose-heavy", "blazepose-full")
):
    """Stand-ins for the catalogue's networks, named so that `weights.find` takes them."""
    for name in names:
        spec = catalogue.network(name)
        WRITERS[spec.decoder](str(folder / spec.onnx), spec)
    return folder
