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
    package = Path(__file__).resolve().parent.name
    try:
        worker = importlib.import_module(f"{package}.worker")
    except ImportError as error:
        way_out = importlib.import_module(f"{package}.packages").WAY_OUT
        refuse(frames_out, f"A package that Monorig needs cannot be loaded: {error}. {way_out}.")
        return 0
    return worker.main(job, frames_in, frames_out)


def refuse(frames_out, text):
    """The last word of a child that cannot even load what it speaks with."""
    fields = {"kind": "packages", "text": text, "log": []}
    header = json.dumps({"type": "failed", "fields": fields, "arrays": []}).encode()
    frames_out.write(struct.pack("<I", len(header)) + header)
    frames_out.flush()


if __name__ == "__main__":
    sys.exit(main())
