"""run.py build: the installable extension, one zip per platform, made by Blender's own builder.

The zip carries everything that a capture needs: wheels and network weights too. The same files give the
same bytes: members are sorted, and all have the date of the oldest that a zip can say.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

from . import environment, fetch, wheels
from .usage import DONE, OUR_FAULT, UserError, command_parser, say

ROOT = environment.ROOT
FOLDERS = ("inference", "operators", "panels", "retarget")
FILES = ("__init__.py", "LICENSE", "NOTICE")
MANIFEST = "blender_manifest.toml"
BUILDER = "*/scripts/addons_core/bl_pkg/cli/blender_ext.py"
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", "*.onnx", "*.sha256")
LARGEST_MB = 200.0
DATE = (1980, 1, 1, 0, 0, 0)
MODE = 0o100644 << 16  # a plain file that everybody may read
BLOCK = 1 << 20


def parser():
    result = command_parser("build", "Make the installable extension in dist/.")
    result.add_argument(
        "--platform",
        action="append",
        choices=sorted(wheels.locked()),
        help="only this platform (can be given several times)",
    )
    return result


def main(argv):
    options = parser().parse_args(argv)
    platforms = options.platform or sorted(wheels.locked())
    builder = find_builder()
    target = ROOT / "dist"
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target, prefix=".staging-") as scratch:
        networks = shrunk_networks(Path(scratch) / "networks")
        results = []
        for platform in platforms:
            carried = wheels.fetch(platform)
            folder = stage(platform, networks, carried, Path(scratch) / platform)
            results.append(build(builder, folder, target, platform))
    return report(results)


def find_builder():
    """Blender's own extension builder, which comes with bpy."""
    found = importlib.util.find_spec("bpy")
    if found is None:
        raise UserError(
            f"the builder comes with Blender's Python module. {environment.why_no_bpy()}"
        )
    return next(Path(found.origin).parent.glob(BUILDER))


def shrunk_networks(folder):
    """The networks that the zip carries, fetched where needed, as ONNX with float16 weights."""
    from .shrink import shrink

    folder.mkdir()
    for path in fetch.fetch_networks(fetch.CARRIED):
        shrink(path, folder / path.name)
    size = sum(path.stat().st_size for path in folder.iterdir())
    say(f"networks: {size / 1e6:.1f} MB with float16 weights")
    return folder


def stage(platform, networks, carried, folder):
    """Copy what belongs into the zip of one platform to `folder`: with these networks, with these wheels."""
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=LEFT_OUT)
    for name in FILES:
        shutil.copy2(ROOT / name, folder / name)
    for path in networks.iterdir():
        link(path, folder / "inference" / "networks" / path.name)
    for path in carried:
        link(path, folder / "wheels" / path.name)
    manifest = (ROOT / MANIFEST).read_text(encoding="utf-8")
    (folder / MANIFEST).write_text(
        manifest_for(manifest, platform, [path.name for path in carried]), encoding="utf-8"
    )
    return folder


def manifest_for(manifest, platform, carried):
    """The manifest text with the platform and its wheels, put before the first table."""
    lines = [f'platforms = ["{platform}"]', "wheels = ["]
    lines += [f'    "./wheels/{name}",' for name in carried] + ["]", ""]
    head, first_table, rest = manifest.partition("\n[")
    return head + "\n" + "\n".join(lines) + first_table + rest


def link(source, target):
    """A second name for a file, or a copy where the file system has no such thing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def build(builder, folder, target, platform):
    """The zip of one platform, made and checked by Blender's own tool, then moved into place."""
    manifest = tomllib.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    name = f"{manifest['id']}-{manifest['version']}-{platform}.zip"
    made = folder.parent / name
    run(builder, "build", "--source-dir", str(folder), "--output-filepath", str(made))
    same = made.with_suffix(".same")
    reproduce(made, same)
    place = target / name
    same.replace(place)
    run(builder, "validate", str(place))
    return place


def run(builder, *arguments):
    """Blender's builder; what it warns of is refused too."""
    command = [sys.executable, str(builder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    said = (done.stdout + done.stderr).strip()
    if done.returncode or any(word in said.upper() for word in ("WARN", "ERROR")):
        raise UserError(f"Blender's builder refused: {said}")


def reproduce(made, target):
    """The same zip without what differs from one run to the next: order, dates, rights."""
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(target, "w") as result:
        for entry in sorted(source.infolist(), key=lambda entry: entry.filename):
            same = zipfile.ZipInfo(entry.filename, DATE)
            same.compress_type, same.external_attr, same.create_system = (
                entry.compress_type,
                MODE,
                3,
            )
            same.file_size = entry.file_size  # tells zipfile whether 4 GB are enough
            with source.open(entry) as content, result.open(same, "w") as place:
                shutil.copyfileobj(content, place, BLOCK)


def report(results):
    too_large = False
    for path in results:
        size, inside = path.stat().st_size / 1e6, size_of_wheels(path)
        too_large = too_large or size > LARGEST_MB
        over = f" - over the {LARGEST_MB:.0f} MB that a zip may have" if size > LARGEST_MB else ""
        say(f"{path.relative_to(ROOT)}  {size:.1f} MB, {inside:.1f} MB of it wheels{over}")
    say("Install in Blender: Edit > Preferences > Get Extensions > Install from Disk")
    return OUR_FAULT if too_large else DONE


def size_of_wheels(path):
    """[MB] that the wheels take in a zip."""
    with zipfile.ZipFile(path) as package:
        held = [e.compress_size for e in package.infolist() if e.filename.startswith("wheels/")]
    return sum(held) / 1e6
