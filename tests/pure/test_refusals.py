"""What the system refuses becomes one sentence that says what to do."""

import errno
import json
import os

import pytest
from capturing import is_one_sentence
from monorig.inference.refusals import SENTENCES, SHARING_VIOLATION, refused, unreadable


def error(name, *more):
    """The OSError of that name."""
    number = getattr(errno, name)
    return OSError(number, os.strerror(number), *more)


@pytest.mark.parametrize(
    "name, words",
    [
        ("ENOSPC", "make room and try again"),
        ("EDQUOT", "make room and try again"),
        ("EACCES", "give yourself the right"),
        ("EROFS", "Choose another place"),
        ("ENAMETOOLONG", "choose a folder with a shorter one"),
        ("ENOTDIR", "Another file or folder is in the way"),
        ("EBUSY", "Close the program that uses it"),
        ("EMFILE", "close other programs"),
    ],
)
def test_it_says_what_to_do(name, words):
    said = refused(error(name, "Jörg/clip.mp4"))
    assert words in said and said.endswith(".") and "\n" not in said
    assert ("Jörg/clip.mp4" in said) == ("{path}" in SENTENCES[name])


def test_what_is_not_known_is_said_as_the_system_says_it():
    assert refused(error("ENOENT", "a.mp4")) == "a.mp4: No such file or directory."
    assert refused(error("EACCES")) == "Permission denied."
    assert is_one_sentence(refused(OSError("the camera is gone")))


def test_windows_calls_a_path_that_is_too_long_one_that_is_not_there():
    deep = error("ENOENT", "C:\\" + "d" * 300)
    assert "too long a name" in refused(deep, platform="win32")
    assert "No such file" in refused(deep, platform="linux")


def test_windows_locks_files_that_are_in_use():
    held = error("EACCES", "onnxruntime.pyd")
    held.winerror = SHARING_VIOLATION
    assert "Close the program that uses it" in refused(held)


def test_a_json_file_that_cannot_be_read_is_said(tmp_path):
    for text, words in (
        (None, "a.json cannot be read: No such file"),
        ("{", "it is no JSON file ("),
    ):
        if text is not None:
            (tmp_path / "a.json").write_text(text)
        with pytest.raises((OSError, ValueError)) as caught:
            json.loads((tmp_path / "a.json").read_text())
        said = unreadable(tmp_path / "a.json", caught.value)
        assert words in said and "Errno" not in said and is_one_sentence(said)


def test_a_real_path_that_is_too_long_is_said(tmp_path):
    with pytest.raises(OSError) as caught:
        (tmp_path / ("x" * 300)).write_text("")
    assert "too long a name" in refused(caught.value)
