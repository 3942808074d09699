"""What all commands share in talking to the user: one sentence per mistake, no traceback."""

import argparse
import sys

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


def say(text):
    """One line of progress, at once."""
    print(text, flush=True)
