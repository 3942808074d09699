"""Start of the child process: launched by path, isolated (`python -I`), told everything over its stdin.

The first frame on stdin is the job; it carries the folders of numpy, cv2 and onnxruntime. stdout is
kept for frames and pointed at stderr, so that a library's print cannot corrupt them.
"""

import importlib
import json
import os
import signal
import struct
import sys
from pathlib import Path


def main():
    """Reads the job header with the standard library alone, then hands over to the worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which asks us to stop
    frames_in = os.fdopen(os.dup(0), "rb")
    frames_out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    head = frames_in.read(4)
    if len(head) < 4:
        return 0
    job = json.loads(frames_in.read(struct.unpack("<I", head)[0]))["fields"]
    root = Path(__file__).resolve().parent.parent
    sys.path[:0] = [*job.pop("packages"), str(root)]
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the fit's matrices are small
    worker = importlib.import_module(f"{Path(__file__).resolve().parent.name}.worker")
    return worker.main(job, frames_in, frames_out)


if __name__ == "__main__":
    sys.exit(main())
