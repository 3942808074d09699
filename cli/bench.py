"""run.py bench: the measurements in bench/, each a module with main(args) that prints a table.

main gets args.data (folder of measuring material or None), args.plots (folder for pictures) and args.short
(fewer repeats and sizes, so that all of them together take less than 20 minutes), and may return plain numbers
and texts, which --json collects by the name of the measurement; --history keeps those of which it is known
what is better, and says what changed since the last run. --docs puts the printed tables in the place of
those with the same titles on a page.
"""

import contextlib
import importlib
import json
import os
import time
from pathlib import Path

from . import environment
from .usage import DONE, UserError, command_parser, folder, new_file, say

FOLDER = environment.ROOT / "bench"
PLOTS = environment.ROOT / "out" / "bench"


def parser():
    result = command_parser("bench", "Measurements as tables; without a name: a short run of all.")
    result.add_argument("names", nargs="*", metavar="NAME", help="of: " + ", ".join(names()))
    result.add_argument("--json", type=new_file, metavar="FILE", help="write the numbers here too")
    result.add_argument(
        "--history", type=Path, metavar="FILE", help="say what changed since the last run in here"
    )
    result.add_argument(
        "--docs", type=Path, metavar="FILE", help="renew these tables in here (docs/benchmarks.md)"
    )
    result.add_argument(
        "--short", action="store_true", help="fewer repeats and sizes; always so without a name"
    )
    result.add_argument("--data", type=folder, metavar="DIR", help="measuring material")
    result.add_argument(
        "--plots", type=Path, metavar="DIR", default=PLOTS, help="pictures (default out/bench)"
    )
    return result


def main(argv):
    options = parser().parse_args(argv)
    for name in options.names:
        if name not in names():
            raise UserError(f'there is no measurement "{name}"; there are: {", ".join(names())}')
    if options.data is None and os.environ.get("MONORIG_MATERIAL"):
        options.data = Path(os.environ["MONORIG_MATERIAL"])
    history = importlib.import_module("..bench.history", __package__)
    earlier = history.read(options.history) if options.history else []
    document = importlib.import_module("..bench.document", __package__)
    results, echo, begun = {}, document.Echo(), time.monotonic()
    options.short = options.short or not options.names
    for name in options.names or names():
        say(f"== {name}")
        started = time.monotonic()
        with contextlib.redirect_stdout(echo):
            results[name] = importlib.import_module(f"..bench.{name}", __package__).main(options)
        say(f"== {name} took {time.monotonic() - started:.0f} s")
    say(f"== all took {(time.monotonic() - begun) / 60:.1f} minutes")
    if options.docs:
        document.renew(options.docs, echo.text)
    if options.json:
        part = options.json.with_name(options.json.name + ".part")
        part.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        part.replace(options.json)
    if options.history:
        history.keep(options.history, earlier, results)
    return DONE


def names():
    """Modules in bench/ that are measurements."""
    modules = sorted(FOLDER.glob("*.py"))
    return [path.stem for path in modules if "\ndef main(args)" in path.read_text(encoding="utf-8")]
