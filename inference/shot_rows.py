"""Which pictures belong to which shot of a take; without OpenCV, so that Blender's side may ask too."""


def ranges(observations):
    """Observations -> [slice], rows of each shot."""
    starts = [0, *(row for row, seen in enumerate(observations) if seen.cut and row)]
    return [slice(a, b) for a, b in zip(starts, [*starts[1:], len(observations)])]
