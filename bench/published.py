"""Published numbers, from `published.toml`, which names the table of each: others' rows beside ours."""

import tomllib
from pathlib import Path

_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
H36M_ACTIONS = tuple(_TABLES["h36m_actions"])


def rows(table):
    """{method: numbers} of a table; NaN = not given."""
    return _TABLES[table]
