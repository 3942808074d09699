"""The page of measurements kept true: what a run printed takes the place of the same tables in docs/benchmarks.md.

A table is known by its titles. Of tables with the same titles the first printed takes the place of the first on
the page, and so on. Text around the tables is written by hand, and stays.
"""

import re
import sys
from pathlib import Path

TABLE = re.compile(r"^\|.*\|\n\|(?:[ :-]+\|)+\n(?:\|.*\|\n)+", re.MULTILINE)


class Echo:
    """A text stream that prints what it is given, and keeps it."""

    def __init__(self, stream=None):
        self._stream, self._parts = stream or sys.stdout, []

    def write(self, text):
        self._parts.append(text)
        return self._stream.write(text)

    def flush(self):
        self._stream.flush()

    @property
    def text(self):
        return "".join(self._parts)


def tables_of(text):
    """{titles: [table, ...]} of a Markdown text, in order."""
    result = {}
    for found in TABLE.finditer(text + "\n"):
        result.setdefault(titles(found[0]), []).append(found[0])
    return result


def titles(table):
    """The cells of a table's first row."""
    return tuple(cell.strip() for cell in table.partition("\n")[0].strip("|").split("|"))


def renewed(page, printed):
    """The page with the tables of what was printed in the place of its own, and the titles that it has not."""
    waiting = tables_of(printed)

    def newest(found):
        same = waiting.get(titles(found[0]))
        return same.pop(0) if same else found[0]

    page = TABLE.sub(newest, page)
    return page, [key for key, left in waiting.items() if left]


def renew(path, printed):
    """Writes the page anew, and says which printed tables have no place there."""
    path = Path(path)
    page, left = renewed(path.read_text(encoding="utf-8"), printed)
    path.write_text(page, encoding="utf-8", newline="\n")
    for key in left:
        print(f"{path.name} has no table with the titles: {' | '.join(key)}")
