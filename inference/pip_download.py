"""One wheel from the package index through pip, with progress, cancel and a reason in plain words.

Of the user's settings for pip only those are heard that say how the index is reached: proxy, certificates,
mirror. Nothing is installed into any Python, and nothing is left in pip's cache. Standard library only.
"""

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from .sources import NO_WINDOW, package_manager
from .weights import file_sha256

LOOK = 0.1  # [s] between looks at pip
DOWNLOAD = [
    *("--isolated", "--disable-pip-version-check", "--no-input", "--no-cache-dir", "download"),
    *(
        "--no-deps",
        "--only-binary=:all:",
        "--progress-bar",
        "off",
        "--retries",
        "2",
        "--timeout",
        "30",
    ),
]
NO_FILES = {"PIP_CONFIG_FILE": os.devnull}  # pip then reads none, not the system's either
# The user's settings that are heard, and whether pip takes several of a kind.
HEARD = {
    "index-url": False,
    "extra-index-url": True,
    "find-links": True,
    "proxy": False,
    "cert": False,
    "client-cert": False,
    "trusted-host": True,
}
SECTIONS = ("global", "download", ":env:")  # of pip's settings, the last wins
SETTING = re.compile(rf"({'|'.join(SECTIONS)})\.([a-z-]+)=(['\"])(.*)\3")  # as repr() writes it
# What pip says -> what to do; the first that fits.
REASONS = (
    (
        r"No space left|Errno 28",
        "The disk is full: make room and try again; what is complete is kept.",
    ),
    (
        r"ProxyError|proxy|\b407\b",
        "The proxy lets nothing through: set HTTPS_PROXY to the right address.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        "The package index shows a certificate that is not trusted here: set PIP_CERT to your network's one.",
    ),
    (
        r"Failed to establish|resolve|getaddrinfo|timed? ?out|refused|reset|unreachable|Connection",
        "The package index cannot be reached: connect to the network and try again, or install from a"
        " folder of wheels; what is complete is kept.",
    ),
    (
        r"No matching distribution|Could not find a version",
        "The package index has no {name}: try another index (PIP_INDEX_URL), or install from a folder.",
    ),
    (
        r"Permission denied|Errno 13",
        "The folder {folder} cannot be written: give yourself the right to.",
    ),
)


class PipError(Exception):
    """One sentence why pip gave no wheel, and what to do."""


def download_command():
    """How pip downloads here, up to the folder and the package; raises PipError."""
    pip = pip_command()
    asked = [*pip, "config", "list"]
    done = subprocess.run(
        asked, capture_output=True, encoding="utf-8", errors="replace", creationflags=NO_WINDOW
    )
    if done.returncode:
        said = " ".join(done.stderr.split()).removeprefix("ERROR: ")
        raise PipError(
            f"pip cannot read its settings: {said}. Correct them, or install from a folder."
        )
    return [*pip, *DOWNLOAD, *ways(done.stdout)]


def ways(listed):
    """Options for how the index is reached, from what pip lists as its settings."""
    lines = [found for line in listed.splitlines() if (found := SETTING.fullmatch(line))]
    lines.sort(key=lambda found: SECTIONS.index(found[1]))
    values = {found[2]: found[4].replace("\\\\", "\\") for found in lines}
    return [
        part
        for name, several in HEARD.items()
        if name in values
        for value in (values[name].split() if several else [values[name]])
        for part in (f"--{name}", value)
    ]


def fetch_wheel(command, wheel, place, errand, what):
    """Gets a wheel (name, bytes, sha256) to `place`; raises PipError with one sentence.

    command   of `download_command`
    """
    with tempfile.TemporaryDirectory(dir=place.parent, prefix="getting-") as scratch:
        scratch = Path(scratch)

        def look():
            errand.progress(what, size_below(scratch), wheel.bytes)

        name, version = parts(wheel.name)
        asked = [*command, "--dest", str(scratch), f"{name}=={version}"]
        status, said = watch(asked, scratch, look)
        got = scratch / wheel.name
        if status:
            raise PipError(reason(said, name, place.parent))
        if not got.is_file():
            came = ", ".join(sorted(path.name for path in scratch.glob("*.whl"))) or "nothing"
            raise PipError(f"The package index gave {came} and not {wheel.name}.")
        if file_sha256(got) != wheel.sha256:
            raise PipError(
                f"{wheel.name} was refused: it is not the file that is meant (another sha256)."
            )
        got.replace(place)


def pip_command():
    """How pip is started here: the one of this Python, or the one that ensurepip carries; some have neither."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-I", "-m", "pip"]
    ensurepip = importlib.util.find_spec("ensurepip")
    folder = Path(ensurepip.origin).with_name("_bundled") if ensurepip else Path()
    carried = sorted(folder.glob("pip-*.whl"))
    if not carried:
        raise PipError("This Python has no pip: install from a folder of wheels instead.")
    return [sys.executable, "-I", str(carried[-1] / "pip")]


def watch(command, scratch, look):
    """Runs pip with its temporary files in `scratch`, calling `look` meanwhile; status and what it said."""
    said = []
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
    with package_manager(command, env={**os.environ, **NO_FILES, **temporary}) as process:
        reader = threading.Thread(target=lambda: said.extend(process.stdout), daemon=True)
        reader.start()
        while process.poll() is None:
            look()
            time.sleep(LOOK)
        reader.join()
    return process.returncode, said


def reason(said, name, folder):
    """One sentence for what pip said."""
    text = "".join(said)
    for pattern, sentence in REASONS:
        if re.search(pattern, text, re.IGNORECASE):
            return sentence.format(name=name, folder=folder)
    errors = [line.strip() for line in said if line.startswith("ERROR:")]
    return f"pip could not get {name}: {(errors or [line.strip() for line in said] or ['?'])[-1]}"


def size_below(folder):
    """Bytes of all files below a folder, in which files come and go."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(place, name)).st_size
            except FileNotFoundError:  # just moved or removed by pip
                continue
    return total


def parts(name):
    """Package and version from the file name of a wheel."""
    package, version = name.split("-")[:2]
    return package.replace("_", "-"), version
