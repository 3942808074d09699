"""run.py capture: a clip -> OUT.npz without Blender, through the same child process that Blender uses."""

import re
import sys
import time
from argparse import ArgumentTypeError
from pathlib import Path

from ..inference import catalogue, weights
from ..inference.job import Job
from . import fetch
from .fit_options import add_fit_options, fit_settings
from .usage import (
    BAD_INPUT,
    CANCELLED,
    DONE,
    OUR_FAULT,
    UserError,
    command_parser,
    folder,
    new_file,
    positive,
    say,
)

EXIT_STATUS = {"input": BAD_INPUT, "cancelled": CANCELLED, "fault": OUR_FAULT, "crashed": OUR_FAULT}
LINE_EVERY = 5.0  # [s] between lines of progress where the output is no terminal


def parser():
    result = command_parser("capture", "A clip -> keyframes in an .npz file, without Blender.")
    result.add_argument("clip", help="the video file")
    result.add_argument("-o", "--out", required=True, metavar="OUT.npz")
    result.add_argument("--take", default="", metavar="DIR", help="create or resume this take")
    result.add_argument(
        "--frames", type=frame_range, metavar="A:B", help="from A up to B, without B"
    )
    result.add_argument(
        "--chain", default="take", metavar="NAME", help="take (default), live, solo, …"
    )
    result.add_argument(
        "--networks", action="append", default=[], type=folder, metavar="DIR",
        help="folder with networks of your own, and with chains in DIR/chains",
    )  # fmt: skip
    result.add_argument("--camera", type=Path, metavar="FILE.json", help="K, dist, T_world_camera")
    result.add_argument("--fov-y", type=positive, metavar="DEG", help="vertical field of view")
    result.add_argument("--focal-px", type=positive, metavar="F", help="focal length in pixels")
    add_fit_options(result)
    result.add_argument("--threads", type=int, default=0, metavar="N", help="0 = one per core")
    result.add_argument("--gpu", action="store_true", help="networks on a card, where one answers")
    result.add_argument("--report", type=new_file, metavar="FILE.json", help="how long what took")
    return result


def main(argv):
    from ..inference.client import Client  # needs numpy, which `parser` must do without

    options = parser().parse_args(argv)
    job = job_of(options)
    if not Path(job.clip).exists():
        raise UserError(f"there is no file {job.clip}")
    fetch.fetch_chain(job.chain, options.networks)
    client, progress = Client(), Progress()
    client.start(job)
    try:
        last = wait(client, progress)
    finally:
        client.close()
    progress.end()
    if last.type == "failed":
        if last.fields["kind"] in ("fault", "crashed"):
            print("\n".join(last.fields["log"]), file=sys.stderr)
        print(f"run.py capture: {last.fields['text']}", file=sys.stderr)
        return EXIT_STATUS[last.fields["kind"]]
    finish(options, last.fields["report"])
    return DONE


def wait(client, progress):
    """The message that ends the job; Ctrl-C asks the child to stop and waits for its last word."""
    while True:
        try:
            return client.wait(progress.show)
        except KeyboardInterrupt:
            client.cancel()


def job_of(options):
    """Command line -> Job; raises UserError with one sentence."""
    try:
        catalogue.chain(options.chain, options.networks)
    except catalogue.CatalogueError as error:
        raise UserError(str(error)) from error
    return Job(
        clip=options.clip,
        take=options.take,
        out=options.out,
        chain=options.chain,
        frames=options.frames,
        fit=fit_settings(options),
        max_people=options.max_people,
        camera=read_camera(options.camera) if options.camera else None,
        fov_y_deg=options.fov_y,
        focal_px=options.focal_px,
        networks=search_folders(options.networks),
        threads=options.threads,
        gpu=options.gpu,
    )


def search_folders(own):
    """Folders for the job: the user's own and the usual ones; () = only those."""
    return (*map(str, own), *map(str, weights.search_folders())) if own else ()


def read_camera(path):
    """A camera profile; raises UserError."""
    from ..inference import profiles  # imports numpy, which a command line is read without

    try:
        return profiles.read(path)
    except profiles.ProfileError as error:
        raise UserError(str(error)) from error


def frame_range(text):
    """Type of an argument: "100:250" -> (100, 250), with the end of the clip as None."""
    match = re.fullmatch(r"(\d*):(\d*)", text)
    first, end = (int(number or 0) for number in match.groups()) if match else (0, 0)
    if not match or (match[2] and end <= first):
        raise ArgumentTypeError(f"{text} is no range of frames as 100:250, 100: or :250")
    return first, (end if match[2] else None)


class Progress:
    """Messages of the child -> lines of text: one that is rewritten on a terminal, else one in 5 s."""

    def __init__(self):
        self._terminal = sys.stdout.isatty()
        self._last, self._stage, self._open = 0.0, "", False

    def show(self, message):
        if message.type == "log":
            self.end()
            say(message.fields["text"])
        if message.type != "progress":
            return
        now, fields = time.monotonic(), message.fields
        if fields["stage"] == self._stage and now - self._last < (
            0.2 if self._terminal else LINE_EVERY
        ):
            return
        self._last, self._stage = now, fields["stage"]
        line = progress_line(fields)
        if self._terminal:
            print("\r" + line.ljust(78), end="", flush=True)
            self._open = True
        else:
            say(line)

    def end(self):
        if self._open:
            print(flush=True)
            self._open = False


def progress_line(fields):
    if not fields["total"]:
        return f"{fields['stage']} ..."
    text = f"{fields['stage']} {fields['done']}/{fields['total']}"
    if "frames_per_second" in fields:
        text += f", {fields['frames_per_second']:.1f} frames/s, {fields['people']} in the picture"
    if fields.get("seconds_left"):
        text += f", {fields['seconds_left']:.0f} s left"
    return text


def finish(options, report):
    from ..inference.take_folder import write_json

    if options.report:
        write_json(options.report, report)
    lens = report["focal_length"]
    say(f"Focal length {lens['px']:.0f} px, {lens['source']}.")
    say(
        f"{report['people']} people in {report['frames']} frames, {report['seconds']:.1f} s "
        f"({report['frames_per_second']:.1f} frames/s, {report['provider']}): wrote {options.out}"
    )
