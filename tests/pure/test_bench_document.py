"""Tables of a run take the place of those on the page of measurements."""

import io
import re
from pathlib import Path

from monorig.bench import document
from monorig.bench.tables import header, row

PAGE = """# Page

Words | with a bar.

| chain | time [ms] |
|---|---|
| solo | 1 |

Between.

| chain | time [ms] |
|---|---|
| solo | 2 |
| live | 3 |

| other | x |
|:--|--:|
| a | b |
"""


def printed(*tables, capsys):
    for cells, rows in tables:
        header(*cells)
        for cells_of_row in rows:
            row(*cells_of_row)
    return capsys.readouterr().out


def test_tables_with_the_same_titles_are_renewed_in_order(capsys):
    new = printed(
        (("chain", "time [ms]"), [("solo", 10)]),
        (("chain", "time [ms]"), [("solo", 20), ("live", 30), ("take", 40)]),
        capsys=capsys,
    )
    page, left = document.renewed(PAGE, new)
    assert left == []
    assert page == PAGE.replace("| 1 |", "| 10 |").replace("| 2 |", "| 20 |").replace(
        "| live | 3 |", "| live | 30 |\n| take | 40 |"
    )


def test_a_table_that_the_page_has_not_is_told_and_nothing_else_changes(capsys):
    new = printed((("chain", "people"), [("solo", 1)]), capsys=capsys)
    page, left = document.renewed(PAGE, new)
    assert page == PAGE and left == [("chain", "people")]


def test_only_the_first_is_renewed_where_one_was_printed(capsys):
    new = printed((("chain", "time [ms]"), [("solo", 7)]), capsys=capsys)
    assert document.renewed(PAGE, new)[0] == PAGE.replace("| solo | 1 |", "| solo | 7 |")


def test_the_page_on_disk_is_written_and_what_is_left_is_said(tmp_path, capsys):
    path = tmp_path / "page.md"
    path.write_text(PAGE, encoding="utf-8")
    document.renew(path, "| other | x |\n|---|---|\n| c | d |\n\n| strange |\n|---|\n| 1 |")
    assert path.read_text(encoding="utf-8").endswith("| other | x |\n|---|---|\n| c | d |\n")
    assert "page.md has no table with the titles: strange" in capsys.readouterr().out


def test_an_echo_prints_and_keeps():
    stream = io.StringIO()
    echo = document.Echo(stream)
    print("one", file=echo)
    echo.flush()
    assert echo.text == stream.getvalue() == "one\n"


def test_every_table_of_our_page_is_known_by_its_titles():
    page = (Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md").read_text("utf-8")
    lines = [line for line in page.splitlines() if re.match(r"\|[ :-]*-[ :|-]*\|$", line)]
    assert sum(map(len, document.tables_of(page).values())) == len(lines) > 20
