"""run.py batch: clips and folders of clips -> takes, one after another; what is done is not done again."""

from pathlib import Path

from ..inference import catalogue
from ..inference.job import Job
from . import fetch
from .capture import Progress, wait
from .fit_options import add_fit_options, fit_settings
from .usage import BAD_INPUT, CANCELLED, DONE, UserError, command_parser, say


def parser():
    result = command_parser("batch", "Clips, and all clips of folders, become takes in one folder.")
    result.add_argument("clips", nargs="*", metavar="CLIP_OR_FOLDER", help="added to the queue")
    result.add_argument("-t", "--takes", required=True, metavar="DIR", help="takes and batch.json")
    result.add_argument(
        "--chain", choices=catalogue.names(catalogue.CHAINS), default="take", metavar="NAME"
    )
    add_fit_options(result)
    result.add_argument("--again", action="store_true", help="try those that failed once more")
    result.add_argument("--threads", type=int, default=0, metavar="N", help="0 = one per core")
    return result


def main(argv):
    from ..inference import batch

    options = parser().parse_args(argv)
    try:
        queue = batch.Queue(options.takes)
        clips = batch.clips_of(options.clips)
        if options.clips and not clips:
            raise UserError(f"there is no clip in {', '.join(map(str, options.clips))}")
        queue.add(clips, options.chain, fit_settings(options))
        if options.again:
            for entry in queue.entries:
                if entry.state == batch.FAILED:
                    queue.again(entry.clip)
        queue.revisit()
        finished = work_off(queue, options.threads)
    except batch.BatchError as error:
        raise UserError(str(error)) from error
    for line in batch.table(queue.entries):
        say(line)
    if not finished:
        return CANCELLED
    return DONE if all(entry.state == batch.DONE for entry in queue.entries) else BAD_INPUT


def work_off(queue, threads):
    """Captures what waits; False when the user stopped it."""
    from ..inference.batch import FAILED, BatchError

    while (entry := queue.next()) is not None:
        number = queue.entries.index(entry) + 1
        say(f"{Path(entry.clip).name} ({number} of {len(queue.entries)})")
        try:
            take = queue.begin(entry.clip)
        except BatchError as error:
            queue.end(entry.clip, FAILED, str(error))
            continue
        if not noted(queue, entry.clip, captured(entry, take, threads)):
            return False
    return True


def captured(entry, take, threads):
    """The last message of a child that captured the entry."""
    from ..inference.client import Client

    fetch.fetch_chain(entry.chain)
    client, progress = Client(), Progress()
    client.start(Job(entry.clip, str(take), chain=entry.chain, fit=entry.fit, threads=threads))
    try:
        return wait(client, progress)
    finally:
        progress.end()
        client.close()


def noted(queue, clip, last):
    """Writes down how a capture ended; False when the user stopped it."""
    from ..inference import batch

    if last.type == "done":
        queue.end(clip, batch.DONE, "", last.fields["report"])
    elif last.fields["kind"] == "cancelled":
        queue.end(clip, batch.WAITING, "Cancelled; it goes on from there.")
        return False
    else:
        queue.end(clip, batch.FAILED, last.fields["text"])
    return True
