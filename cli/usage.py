"""What all commands share in talking to the user: one sentence per mistake, no traceback."""

import argparse
import sys
from pathlib import Path

DONE = 0
OUR_FAULT = 1
BAD_INPUT = 2
CANCELLED = 130


class UserError(Exception):
    """One sentence about something that the user can change; ends the program with status 2."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one sentence."""

    def error(self, message):
        print(f'{self.prog}: {message} ("{self.prog} -h" shows the usage)', file=sys.stderr)
        raise SystemExit(BAD_INPUT)


def command_parser(name, description):
    return Parser(prog=f"run.py {name}", description=description)


def new_file(text):
    """Type of an argument: a file that can be made, in a folder that is there."""
    path = Path(text)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{path} is a folder")
    if not path.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {path.parent}")
    return path


def folder(text):
    """Type of an argument: a folder that is there."""
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {path}")
    return path


def positive(text):
    """Type of an argument: a number greater than 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no number greater than 0")
    return value


def say(text):
    """One line of progress, at once."""
    print(text, flush=True)
