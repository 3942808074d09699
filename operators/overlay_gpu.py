"""Lines and triangles on the graphics card. The only module that imports `gpu`, which needs a window."""

import gpu
from gpu_extras.batch import batch_for_shader

LINES, TRIANGLES = "POLYLINE_FLAT_COLOR", "FLAT_COLOR"  # of Blender's own shaders, 4.2 to 5.2
THICKNESS = {"skeletons": 2.5, "paths": 1.5, "ground": 1.0}  # [px] at a scale of 1


def lines(corners, colours):
    """Batch of lines: corners (n,3), colours (n,4) float32; None where there are none."""
    return _batch(LINES, "LINES", corners, colours)


def triangles(corners, colours):
    """Batch of triangles: corners (n,3), colours (n,4) float32; None where there are none."""
    return _batch(TRIANGLES, "TRIS", corners, colours)


def _batch(shader, kind, corners, colours):
    if not len(corners):
        return None
    shader = gpu.shader.from_builtin(shader)
    return batch_for_shader(shader, kind, {"pos": corners, "color": colours})


def draw_lines(batch, what, region, scale):
    """Draws a batch of lines over everything, in the world."""
    if batch is None:
        return
    shader = gpu.shader.from_builtin(LINES)
    shader.bind()
    shader.uniform_float("viewportSize", (region.width, region.height))
    shader.uniform_float("lineWidth", THICKNESS[what] * scale)
    gpu.state.blend_set("ALPHA")
    batch.draw(shader)
    gpu.state.blend_set("NONE")


def draw_triangles(batch, matrix):
    """Draws a batch of triangles over everything, in the axes of `matrix` (4x4, to the world)."""
    if batch is None:
        return
    shader = gpu.shader.from_builtin(TRIANGLES)
    gpu.state.blend_set("ALPHA")
    with gpu.matrix.push_pop():
        gpu.matrix.multiply_matrix(matrix)
        shader.bind()
        batch.draw(shader)
    gpu.state.blend_set("NONE")
