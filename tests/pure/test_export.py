"""run.py export: a take's people as BVH files."""

import pytest
from monorig.cli import export
from monorig.cli.usage import UserError
from synthetic_motion import synthetic_motion


@pytest.fixture
def take(tmp_path):
    synthetic_motion(people=2, frames=12).save(tmp_path / "OUT.npz")
    return tmp_path


def test_everybody_of_a_take_gets_a_file(take):
    assert export.main([str(take), "--bvh"]) == 0
    assert sorted(path.name for path in take.glob("*.bvh")) == ["person-1.bvh", "person-2.bvh"]


def test_some_people_into_another_folder_in_centimetres(take, tmp_path):
    out = tmp_path / "new" / "folder"
    export.main([str(take / "OUT.npz"), "--bvh", "-o", str(out), "--people", "2", "--units", "cm"])
    (path,) = out.iterdir()
    offsets = [line.split()[1:] for line in path.read_text().splitlines() if "OFFSET" in line]
    assert max(abs(float(value)) for offset in offsets for value in offset) > 20


def test_who_is_not_there_is_said(take):
    with pytest.raises(UserError, match="person 3 is not in .*; there are: 1, 2"):
        export.main([str(take), "--bvh", "--people", "3"])


def test_what_is_no_take_is_said(tmp_path):
    with pytest.raises(UserError):
        export.main([str(tmp_path), "--bvh"])


def test_numbers_and_a_format_are_asked_for(take, capsys):
    for words in (["--bvh", "--people", "one"], []):
        with pytest.raises(SystemExit) as ended:
            export.main([str(take), *words])
        assert ended.value.code == 2
    assert "--bvh" in capsys.readouterr().err
