"""Other people's trackers over one clip's boxes: started by `trackers.py` in an environment of their own.

    python tracker_runner.py BOXES.npz OUT.npz --tracker norfair

BOXES.npz: frame (D,), box (D,4) x1 y1 x2 y2 [px], score (D,), num_frames (). OUT.npz: frame (N,),
identity (N,), box (N,4). Settings are those that their own examples for boxes use.
"""

import argparse

import numpy as np

LEAST_SCORE = 0.5  # norfair has no use for weaker boxes; the other is given all from 0.1 on


def main(argv=None):
    options = parser().parse_args(argv)
    with np.load(options.boxes, allow_pickle=False) as data:
        frame, box, score = (data[name] for name in ("frame", "box", "score"))
        num_frames = int(data["num_frames"])
    track = TRACKERS[options.tracker]()
    rows = []
    for now in range(num_frames):
        here = frame == now
        rows += [(now, number, *place) for number, place in track(box[here], score[here])]
    table = np.array(rows, float).reshape(-1, 6)
    np.savez(
        options.out,
        frame=table[:, 0].astype(int),
        identity=table[:, 1].astype(int),
        box=table[:, 2:],
    )


def parser():
    result = argparse.ArgumentParser()
    result.add_argument("boxes")
    result.add_argument("out")
    result.add_argument("--tracker", choices=TRACKERS, required=True)
    return result


def norfair():
    """-> function of boxes (N,4), scores (N,) that gives [(number, box)] of one picture after another."""
    import norfair as package

    tracker = package.Tracker(distance_function="iou", distance_threshold=0.7)

    def track(boxes, scores):
        found = [
            package.Detection(points=box.reshape(2, 2), scores=np.array([score, score]))
            for box, score in zip(boxes, scores)
            if score >= LEAST_SCORE
        ]
        people = tracker.update(detections=found)
        return [(one.id, one.estimate.ravel()) for one in people if one.live_points.any()]

    return track


class Tensor(np.ndarray):
    """What OC-SORT takes for a tensor of PyTorch."""

    def numpy(self):
        return np.asarray(self)


def ocsort():
    """As `norfair`."""
    from ocsort.ocsort import OCSort

    tracker = OCSort(det_thresh=LEAST_SCORE, min_hits=1, use_byte=True)

    def track(boxes, scores):
        table = np.column_stack([boxes, scores, np.zeros(len(boxes))]).view(Tensor)
        return [(int(row[4]), row[:4]) for row in tracker.update(table, None)]

    return track


TRACKERS = {"norfair": norfair, "ocsort": ocsort}

if __name__ == "__main__":
    main()
