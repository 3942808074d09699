#!/usr/bin/env python3
"""Monorig's one command: python3 run.py demo | test | capture | batch | refit | bench ...

Uses the standard library only, and sets up everything else itself in .venv beside this file.
"""

import errno
import importlib
import os
import subprocess
import sys
import types

ROOT = os.path.dirname(os.path.abspath(__file__))
PACKAGE = "monorig"
INSIDE = "MONORIG_INSIDE_VENV"
PYTHONS = ((3, 11), (3, 12), (3, 13))

# command: (packages that it needs, what it does)
COMMANDS = {
    "demo": (("base", "media", "blender"), "capture a real clip and write out/demo/"),
    "test": (("base", "media", "test", "blender"), "run the tests"),
    "capture": (("base", "media"), "clip -> keyframes in an .npz file, without Blender"),
    "batch": (("base", "media"), "clips and folders of clips -> takes, without Blender"),
    "refit": (("base",), "fit again from a finished take, without its clip"),
    "export": (("base",), "a take's people as BVH files, without Blender"),
    "bench": (("base", "media", "bench"), "measurements as tables"),
    "calibrate": (("base", "media"), "pictures of a checkerboard -> camera profile"),
    "build": (("base", "convert", "blender"), "the installable extension into dist/"),
    "fetch": ((), "get the networks and the demo clip"),
    "messages": ((), "the texts that the extension shows, for translators"),
    "network": (("base", "media"), "network check FILE.toml: test of one network"),
}
DONE, BAD_INPUT, CANCELLED = 0, 2, 130


def main(argv):
    if sys.version_info[:2] not in PYTHONS:
        return refuse_python()
    if not argv or argv[0] in ("-h", "--help"):
        print(usage())
        return DONE if argv else BAD_INPUT
    name, rest = argv[0], argv[1:]
    if name not in COMMANDS:
        known = ", ".join(COMMANDS)
        print('run.py: there is no command "%s"; there are: %s' % (name, known), file=sys.stderr)
        return BAD_INPUT
    alias_package()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(
            errors="backslashreplace"
        )  # a path may hold what the terminal cannot show
    return run(name, rest)


def run(name, argv):
    """Exit status of a command; what the user can change is said in one sentence."""
    from monorig.cli.usage import UserError
    from monorig.inference.refusals import SENTENCES, refused

    try:
        return run_inside(name, argv) if INSIDE in os.environ else set_up_and_start(name, argv)
    except UserError as error:
        print("run.py %s: %s" % (name, error), file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        if errno.errorcode.get(error.errno) not in SENTENCES:
            raise
        print("run.py %s: %s" % (name, refused(error)), file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("run.py %s: cancelled" % name, file=sys.stderr)
        return CANCELLED


def alias_package(root=ROOT):
    """Make the checkout importable as the package `monorig`, without running its __init__."""
    module = types.ModuleType(PACKAGE)
    module.__path__ = [root]
    sys.modules[PACKAGE] = module


def run_inside(name, argv):
    """The command itself, in the environment that was made for it."""
    del os.environ[INSIDE]
    return importlib.import_module(PACKAGE + ".cli." + name).main(argv)


def set_up_and_start(name, argv):
    """Check the arguments, make the environment, and start this file again inside it."""
    from monorig.cli import environment

    importlib.import_module(PACKAGE + ".cli." + name).parser().parse_args(argv)
    groups = COMMANDS[name][0]
    venv = environment.checkout()
    venv.ensure(environment.requirement_files(groups))
    if "blender" in groups and environment.why_no_bpy():
        print(environment.why_no_bpy() + " Everything but the Blender half works.", flush=True)
    command = [str(venv.interpreter), os.path.join(ROOT, "run.py"), name] + argv
    variables = dict(os.environ, **{INSIDE: "1"})
    variables.setdefault("OPENBLAS_NUM_THREADS", "1")  # many small matrices
    for unwanted in ("PYTHONPATH", "PYTHONHOME"):
        variables.pop(unwanted, None)
    if os.name == "posix":
        sys.stdout.flush()
        os.execve(command[0], command, variables)
    return subprocess.call(command, env=variables)


def usage():
    lines = ["usage: python3 run.py COMMAND [...]   (run.py COMMAND -h: its options)", ""]
    lines += ["  %-9s %s" % (name, text) for name, (_, text) in COMMANDS.items()]
    return "\n".join(lines)


def refuse_python():
    wanted = ", ".join("%d.%d" % version for version in PYTHONS)
    here = "%d.%d" % sys.version_info[:2]
    print(
        "run.py needs Python %s (3.11 or 3.13 for the Blender half); this is %s." % (wanted, here)
        + " Start it as: python3.11 run.py",
        file=sys.stderr,
    )
    return BAD_INPUT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
