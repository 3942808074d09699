"""Small TOML files read into checked values that nobody can change; what is wrong is said in one sentence.

A schema is {table: {key: type}}; a type is the sentence that says what is expected. Standard library only.
"""

import sys
import tomllib

LARGEST_SIDE = 4096  # [px] of a network's input
MOST = 4096  # that a count may be: tensors of that many channels are made of it

TEXT = "a text"
TEXTS = "a list of texts"
INTEGER = "a whole number"
YES_NO = "true or false"
SIZE = f"two whole numbers from 1 to {LARGEST_SIDE}: width, height"
NUMBERS = "three numbers"
POSITIVE = "a number above 0"
COUNT = f"a whole number from 0 to {MOST}"
PARENTS = "a list of whole numbers: the parent of each channel, -1 = root"
PAIRS = "a list of pairs of channels"


class CatalogueError(Exception):
    """One sentence that names the file and the key that is wrong."""


def read(path):
    """Content of a TOML file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogueError(f"{path.name} cannot be read: {error.strerror}.") from error
    except (
        ValueError,
        RecursionError,
    ) as error:  # no TOML, no UTF-8, endless digits, endless brackets
        raise CatalogueError(f"{path.name} is not a valid TOML file: {error}.") from error


def checked_tables(path, content, schema, may_be_left_out):
    """{table: {key: value}} of a file's content, every value of the type that the schema asks for.

    schema, may_be_left_out   {table: {key: type}}, {table: keys}; the table "" holds what is in none
    """
    top = {key: value for key, value in content.items() if not isinstance(value, dict)}
    given = {"": top, **{key: value for key, value in content.items() if isinstance(value, dict)}}
    for table in given:
        if table not in schema:
            raise CatalogueError(f"{path.name}: unknown table [{table}].")
    for table in schema:
        if table not in given:
            raise CatalogueError(f"{path.name}: the table [{table}] is missing.")
    return {
        table: checked(path, table, given[table], rules, may_be_left_out.get(table, ()))
        for table, rules in schema.items()
    }


def checked(path, table, values, rules, may_be_left_out):
    """The values of one table, checked and made immutable."""
    prefix = f"{table}." if table else ""
    for key in values:
        if key not in rules:
            raise CatalogueError(f'{path.name}: unknown key "{prefix}{key}".')
    for key in rules:
        if key not in values and key not in may_be_left_out:
            raise CatalogueError(f'{path.name}: the key "{prefix}{key}" is missing.')
    return {key: typed(path, prefix + key, value, rules[key]) for key, value in values.items()}


def typed(path, key, value, rule):
    """The value as an immutable Python value, or a CatalogueError that says what was expected."""
    require(path, key, TYPES[rule](value), rule)
    if rule == NUMBERS:
        return tuple(float(item) for item in value)
    if rule == PAIRS:
        return tuple(tuple(pair) for pair in value)
    return tuple(value) if isinstance(value, list) else value


def require(path, key, holds, expected):
    if not holds:
        raise CatalogueError(f'{path.name}: "{key}" must be {expected}.')


def is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value):
    return (is_integer(value) or isinstance(value, float)) and abs(value) <= sys.float_info.max


def is_list(value, is_item, length=None):
    return (
        isinstance(value, list)
        and length in (None, len(value))
        and all(is_item(item) for item in value)
    )


def is_text(value):
    return isinstance(value, str)


TYPES = {
    TEXT: is_text,
    TEXTS: lambda value: is_list(value, is_text),
    INTEGER: is_integer,
    YES_NO: lambda value: isinstance(value, bool),
    SIZE: lambda value: is_list(value, lambda n: is_integer(n) and 0 < n <= LARGEST_SIDE, 2),
    NUMBERS: lambda value: is_list(value, is_number, 3),
    POSITIVE: lambda value: is_number(value) and value > 0,
    COUNT: lambda value: is_integer(value) and 0 <= value <= MOST,
    PARENTS: lambda value: is_list(value, is_integer),
    PAIRS: lambda value: is_list(value, lambda pair: is_list(pair, is_integer, 2)),
}
