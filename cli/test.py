"""run.py test: the tests on one Blender, on all supported ones, with other packages, or in real windows."""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from ..inference import cache
from . import environment
from .blenders import BLENDERS, interpreters
from .combinations import COMBINATIONS
from .usage import BAD_INPUT, CANCELLED, DONE, OUR_FAULT, UserError, command_parser, say

ROOT = environment.ROOT
PYTEST_INTERRUPTED, PYTEST_FOUND_NONE = 2, 5
MOST_AT_ONCE = 4  # processes of tests; each may hold a Blender
ALONE = "mark.alone"  # is in the text of files with tests that nothing may run beside
TEMPORARY = ("TMPDIR", "TEMP", "TMP")  # variables that name the folder for temporary files


def parser():
    result = command_parser("test", "Run the tests; skipped ones are listed with their reason.")
    result.add_argument(
        "-k", metavar="EXPRESSION", help="only tests whose names match, as in pytest"
    )
    result.add_argument("--matrix", action="store_true", help="every supported Blender in turn")
    result.add_argument(
        "--numpy",
        action="store_true",
        help="the pure tests with old and new versions of numpy, ONNX Runtime and OpenCV",
    )
    result.add_argument("--gui", action="store_true", help="the tests that need a real window")
    result.add_argument(
        "--only",
        metavar="TEXT",
        help="--matrix, --numpy: those versions alone whose name holds this text, as 4.2",
    )
    result.add_argument(
        "--budget",
        type=float,
        metavar="MINUTES",
        help="--matrix, --numpy: start no version that would not be done by then, as long as others took",
    )
    return result


def main(argv):
    options = parser().parse_args(argv)
    if options.gui:
        return gui(options)
    if options.numpy:
        return trials(COMBINATIONS, options)
    return trials(BLENDERS, options) if options.matrix else plain(options)


def plain(options):
    """Pure tests and, where this Python can hold bpy, the tests on it: one run of pytest."""
    folders = ["tests/pure"]
    if environment.why_no_bpy():
        say(f"tests/blender is left out: {environment.why_no_bpy()}")
    else:
        folders.append("tests/blender")
    status = run_pytest(sys.executable, folders, options.k)
    if status == PYTEST_FOUND_NONE:
        raise UserError("no test was found.")
    return {DONE: DONE, PYTEST_INTERRUPTED: CANCELLED}.get(status, OUR_FAULT)


def gui(options):
    """Tests that start Blender with a window, by the command in MONORIG_BLENDER."""
    for variable in ("MONORIG_BLENDER", "DISPLAY"):
        if not os.environ.get(variable) and (variable != "DISPLAY" or sys.platform == "linux"):
            raise UserError(f"--gui needs the variable {variable} (see README.md).")
    status = run_pytest(sys.executable, ["tests/gui"], options.k)
    return status if status in (DONE, BAD_INPUT) else OUR_FAULT


def trials(candidates, options):
    """Tests in one environment after the other; a table of how each went."""
    begun = time.monotonic()
    candidates = wanted(candidates, options.only)
    pythons = interpreters({candidate.python for candidate in candidates})
    lines, pure_done, longest = [], set(), 0.0
    for candidate in candidates:
        started = time.monotonic()
        if candidate.python not in pythons:
            outcome = "not run: no interpreter found (list them in MONORIG_PYTHONS)"
        elif options.budget is not None and started - begun + longest > 60 * options.budget:
            outcome = f"not run: it would not have been done in {options.budget:g} minutes"
        else:
            folders = candidate.tests(candidate.python not in pure_done)
            pure_done.add(candidate.python)
            outcome = run_trial(candidate, pythons[candidate.python], folders, options.k)
            longest = max(longest, time.monotonic() - started)
        lines.append((candidate.name, outcome))
    say("")
    for name, outcome in lines:
        say(f"{name:{max(len(name) for name, _ in lines)}}  {outcome}")
    return OUR_FAULT if any(outcome.startswith("FAILED") for _, outcome in lines) else DONE


def wanted(candidates, text):
    """Those whose name holds the text; all where it is None."""
    chosen = [candidate for candidate in candidates if (text or "") in candidate.name]
    if not chosen:
        names = "; ".join(candidate.name for candidate in candidates)
        raise UserError(f'--only: no name holds "{text}"; there are: {names}.')
    return chosen


def run_trial(candidate, python, folders, expression):
    """Outcome of the tests in one environment, as a text."""
    say(f"\n=== {candidate.name}: {', '.join(folders)}")
    begun = time.monotonic()
    venv = environment.Environment(cache.folder() / "matrix" / candidate.folder, python)
    venv.ensure(candidate.files)
    status = run_pytest(str(venv.interpreter), folders, expression)
    if status == PYTEST_INTERRUPTED:
        raise KeyboardInterrupt
    outcome = {DONE: "passed", PYTEST_FOUND_NONE: "no test found"}.get(status, "FAILED")
    return f"{outcome}, {time.monotonic() - begun:.0f} s"


def run_pytest(python, folders, expression):
    """Exit status of pytest on those of the folders that hold tests."""
    held = [folder for folder in folders if tests_below(folder)]
    if not held:
        return PYTEST_FOUND_NONE
    command = [python, "-m", "pytest", "-rs", "-p", "no:cacheprovider"]
    parts = [[*held, "-k", expression]] if expression else in_parts(held)
    done = []
    with own_temporary_folder() as variables:
        for options in parts:
            ended = subprocess.run([*command, *options], cwd=ROOT, env=variables)
            done.append(ended.returncode)
            if done[-1] not in (DONE, PYTEST_FOUND_NONE):
                return done[-1]
    return min(done)


@contextmanager
def own_temporary_folder():
    """Context: variables for processes whose temporary files lie in one folder, which is gone afterwards.

    What is killed, and a Blender that ends without its clean-up, leaves files behind.
    """
    with tempfile.TemporaryDirectory(prefix="monorig-", ignore_cleanup_errors=True) as folder:
        yield {**os.environ, **dict.fromkeys(TEMPORARY, folder)}


def in_parts(folders):
    """Arguments of each run of pytest: a process of tests per processor core, then those that measure times.

    One more than there are cores, as a quarter of the time is waited for other processes. Windows come one by one.
    """
    allowed = getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))(0)
    count = min(len(allowed), MOST_AT_ONCE)
    if count == 1 or "tests/gui" in folders:
        return [folders]
    together = [*folders, "-m", "not alone", "-n", str(count + 1), "--dist", "worksteal"]
    tests = [path for folder in folders for path in tests_below(folder)]
    alone = [path for path in tests if ALONE in Path(ROOT, path).read_text(encoding="utf-8")]
    return [together, [*alone, "-m", "alone"]] if alone else [together]


def tests_below(folder):
    """Files with tests, seen from the checkout. To name those that are wanted saves reading all others."""
    return sorted(str(path.relative_to(ROOT)) for path in Path(ROOT, folder).glob("**/test_*.py"))
