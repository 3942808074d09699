"""The peak of memory is this process's own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHILD = (
    f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    "from inference.memory import peak_memory_mb\n"
    "before = peak_memory_mb(); block = bytearray(b'x' * 80_000_000); print(before, peak_memory_mb())\n"
)


def test_a_block_raises_the_peak_by_its_size_and_the_parents_own_does_not_count():
    large = bytearray(b"x" * 300_000_000)
    done = subprocess.run(
        [sys.executable, "-I", "-c", CHILD], capture_output=True, text=True, check=True
    )
    before, after = (float(value) for value in done.stdout.split())
    assert before < 100 < len(large) / 1e6  # [MB]
    assert 75 < after - before < 175
