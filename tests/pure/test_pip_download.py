"""How pip is started and heard: what it says in plain words, which of its user's settings count."""

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from monorig.inference import pip_download
from monorig.inference.pip_download import PipError


@pytest.mark.parametrize(
    "said, words",
    [
        ("ProxyError('Cannot connect to proxy.')", "set HTTPS_PROXY"),
        ("SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'))", "set PIP_CERT"),
        ("Failed to establish a new connection: Name or service not known", "cannot be reached"),
        ("Read timed out.", "what is complete is kept"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("ERROR: No matching distribution found for a==1", "has no a"),
        ("PermissionError: [Errno 13] Permission denied", "/some/folder cannot be written"),
        ("ERROR: something new", "pip could not get a: ERROR: something new"),
        ("", "pip could not get a"),
    ],
)
def test_what_pip_says_becomes_one_sentence_that_says_what_to_do(said, words):
    sentence = pip_download.reason([said] if said else [], "a", "/some/folder")
    assert words in sentence and "\n" not in sentence


def test_of_pips_settings_only_the_way_to_the_index_is_heard():
    listed = (
        ":env:.proxy='http://env:1'\n:env:.require-virtualenv='1'\ndownload.cert='C:\\\\a b.pem'\n"
        "global.extra-index-url='https://one https://two'\nglobal.proxy='http://file:2'\n"
        "install.proxy='http://other:3'\nglobal.user='true'\n"
    )
    extra = ["--extra-index-url", "https://one", "--extra-index-url", "https://two"]
    way = [*extra, "--proxy", "http://env:1", "--cert", r"C:\a b.pem"]
    assert pip_download.ways(listed) == way and pip_download.ways("") == []


def test_settings_of_pip_that_cannot_be_read_are_said(tmp_path, monkeypatch):
    (tmp_path / "pip.conf").write_text("not a section")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    with pytest.raises(PipError, match="pip cannot read its settings: .*pip.conf"):
        pip_download.download_command()


@pytest.fixture
def without(monkeypatch):
    """without(*names): these modules are not installed any more."""
    find_spec = importlib.util.find_spec

    def hide(*names):
        missing = lambda name: None if name in names else find_spec(name)  # noqa: E731
        monkeypatch.setattr(importlib.util, "find_spec", missing)

    return hide


def test_without_pip_the_one_of_ensurepip_is_run(without):
    carried = Path(importlib.util.find_spec("ensurepip").origin).with_name("_bundled")
    if not list(carried.glob("pip-*.whl")):
        pytest.skip("this Python's ensurepip carries no pip")
    without("pip")
    command = [*pip_download.pip_command(), "--version"]
    assert str(carried) in command[-2]
    assert subprocess.run(command, capture_output=True, text=True).stdout.startswith("pip ")


def test_without_any_pip_it_says_what_to_do(without):
    without("pip", "ensurepip")
    with pytest.raises(PipError, match="install from a folder of wheels"):
        pip_download.pip_command()


def test_pip_leaves_its_temporary_files_where_they_are_counted(tmp_path):
    script = "import tempfile; open(tempfile.mkstemp()[1], 'wb').write(b'x' * 1000)"
    status, _ = pip_download.watch([sys.executable, "-c", script], tmp_path, lambda: None)
    assert status == 0 and pip_download.size_below(tmp_path) == 1000
    assert tempfile.gettempdir() != str(tmp_path)
