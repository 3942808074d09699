"""MediaPipe Pose over one clip: started by `peer.py` in an environment that holds nothing else.

    python mediapipe_runner.py CLIP OUT.npz --complexity 1 [--frames A:B] [--unsmoothed]

Settings are the library's own but for the complexity: video mode, tracking, its own smoothing unless that is
switched off. OUT.npz:

    frame             (T,)       index in the file
    px                (T,33,2)   landmarks in the picture, pixel centres at integers; NaN = nobody found
    visibility        (T,33)     0..1
    X                 (T,33,3)   world landmarks [m], origin between the hips, x right, y down, z away
    region            (T,5)      where it looked: centre x y, width, height [px], turn [rad]; NaN = nowhere
    seconds_per_frame (T,)       in the library alone, without decoding
    seconds           ()         elapsed, from opening the clip to the last result
    processor_seconds ()         of all threads, in the same time
    version           ()
"""

import argparse
import time

import cv2
import mediapipe
import numpy as np

LANDMARKS = 33
REGION = "pose_rect"  # stream of the library's graph that says where it looks


class Pose(mediapipe.solutions.pose.Pose):
    """The library's solution, which also gives the region that it looked at."""

    def _initialize_graph_interface(self, graph, side_inputs, outputs, hints=None):
        wanted = [*outputs, REGION]
        return super()._initialize_graph_interface(graph, side_inputs, wanted, hints)


def main(argv=None):
    options = parser().parse_args(argv)
    first, end = (int(part) if part else None for part in options.frames.split(":"))
    settings = {"model_complexity": options.complexity, "smooth_landmarks": not options.unsmoothed}
    with Pose(**settings) as pose:
        pose.process(np.zeros((256, 256, 3), np.uint8))  # loads the networks
        started, processor = time.perf_counter(), time.process_time()
        rows = list(look(pose, options.clip, first or 0, end))
        seconds = time.perf_counter() - started
        processor = time.process_time() - processor
    frame, px, visibility, X, region, spent = zip(*rows) if rows else ([],) * 6
    np.savez(
        options.out,
        frame=np.array(frame, int),
        px=np.array(px, float).reshape(-1, LANDMARKS, 2),
        visibility=np.array(visibility, float).reshape(-1, LANDMARKS),
        X=np.array(X, float).reshape(-1, LANDMARKS, 3),
        region=np.array(region, float).reshape(-1, 5),
        seconds_per_frame=np.array(spent, float),
        seconds=seconds,
        processor_seconds=processor,
        version=mediapipe.__version__,
    )


def parser():
    result = argparse.ArgumentParser()
    result.add_argument("clip")
    result.add_argument("out")
    result.add_argument("--complexity", type=int, required=True)
    result.add_argument("--frames", default=":", metavar="A:B")
    result.add_argument("--unsmoothed", action="store_true")
    return result


def look(pose, clip, first, end):
    """Yields (frame, px, visibility, X, region, seconds) of the frames first..end-1."""
    capture = cv2.VideoCapture(clip)
    index = 0
    while end is None or index < end:
        ok, image = capture.read()
        if not ok:
            break
        if index >= first:
            rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
            start = time.perf_counter()
            found = pose.process(rgb)
            spent = time.perf_counter() - start
            yield (index, *arrays(found, image.shape[1], image.shape[0]), spent)
        index += 1
    capture.release()


def arrays(found, width, height):
    """The library's result -> px (33,2), visibility (33,), X (33,3), region (5,)."""
    if found.pose_landmarks is None:
        nobody = np.full((LANDMARKS, 5), np.nan)
        return nobody[:, :2], np.zeros(LANDMARKS), nobody[:, 2:], np.full(5, np.nan)
    seen = np.array([(p.x, p.y, p.visibility) for p in found.pose_landmarks.landmark])
    X = np.array([(p.x, p.y, p.z) for p in found.pose_world_landmarks.landmark])
    rect, size = getattr(found, REGION), [width, height]
    centre, extent = np.multiply([(rect.x_center, rect.y_center), (rect.width, rect.height)], size)
    # On the processor the library cuts crops with pixel centres at integers, and so come its landmarks.
    return seen[:, :2] * size, seen[:, 2], X, [*centre, *extent, rect.rotation]


if __name__ == "__main__":
    main()
