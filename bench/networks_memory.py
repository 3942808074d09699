"""Memory that a network takes: what a process of its own grows by, at most, while it loads and runs it.

    python networks_memory.py FILE.onnx SIDE...    prints megabytes (10^6 bytes)

SIDE... is the shape of the input. Peak of the resident memory after three runs on zeros, one thread, less what
Python and ONNX Runtime hold before, as Linux counts it. No imports of ours: this file is its own child process.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime

RUNS = 3
STATUS = Path("/proc/self/status")
TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(int32)": np.int32}


def peak_mb(path, shape):
    """Peak memory [MB] of an ONNX file that is run on an input of this shape; NaN where nobody counts it."""
    if not STATUS.exists():
        return float("nan")
    command = [sys.executable, "-I", __file__, str(path), *map(str, shape)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


def main(argv):
    path, shape = Path(argv[0]), [int(side) for side in argv[1:]]
    before = held_mb()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    (entry,) = session.get_inputs()
    for _ in range(RUNS):
        session.run(None, {entry.name: np.zeros(shape, TYPES[entry.type])})
    print(held_mb() - before)


def held_mb():
    """The most that this process has held so far; the time before it became this program does not count."""
    lines = STATUS.read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    main(sys.argv[1:])
