"""One file from one https address, into a .part file that a later call goes on with."""

import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

BLOCK = 1 << 18
TIMEOUT = 30.0
LOCAL_HOSTS = ("127.0.0.1", "localhost")


class DownloadError(Exception):
    """One sentence why the file could not be had; what was received is kept for the next try."""


@dataclass(frozen=True)
class Report:
    """Who is told how it goes; a plain function is told the lines alone."""

    line: Callable  # line(text)
    bytes: Callable  # bytes(done, total), total 0 = unknown; may raise to break off

    def __call__(self, text):
        self.line(text)


def download(url, target, report):
    """Write what `url` holds to `target`, going on from a broken off download's target.part.

    report   a Report, or a function that is called with one line of text at a time
    """
    refuse_unsafe(url)
    part = target.with_name(target.name + ".part")
    tag = target.with_name(target.name + ".tag")
    try:
        with open_from(url, part, tag) as response:
            receive(response, part, tag, report)
    except urllib.error.HTTPError as error:
        raise DownloadError(f"{host(url)} answered {error.code} {error.reason}.") from error
    except urllib.error.URLError as error:
        raise DownloadError(f"{host(url)} cannot be reached: {error.reason}.") from error
    except (http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise DownloadError(f"the connection to {host(url)} broke: {error}.") from error
    part.replace(target)
    tag.unlink(missing_ok=True)


def open_from(url, part, tag):
    """The answer to a request for the bytes that are still missing."""
    request = urllib.request.Request(url, headers={"User-Agent": "monorig"})
    if part.exists() and tag.exists():
        request.add_header("Range", f"bytes={part.stat().st_size}-")
        request.add_header("If-Range", tag.read_text(encoding="utf-8"))
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
    part.unlink()
    return open_from(url, part, tag)


def receive(response, part, tag, report):
    """Append the answer to the .part file, or begin it anew when the whole file comes."""
    resumed = response.status == http.client.PARTIAL_CONTENT
    done = part.stat().st_size if resumed else 0
    rest = int(response.headers.get("Content-Length") or 0)
    missing = " still missing" if resumed else ""
    report(f"getting it from {host(response.url)}, {megabytes(rest)}{missing} ...")
    if not resumed:
        part.unlink(missing_ok=True)
        tag.write_text(validator(response.headers), encoding="utf-8")
    on_bytes = report.bytes if isinstance(report, Report) else _nobody_asks
    with part.open("ab") as file:
        while block := response.read(BLOCK):
            file.write(block)
            on_bytes(file.tell(), done + rest if rest else 0)
    if rest and part.stat().st_size < done + rest:
        raise ConnectionError("the end of the file is missing")


def _nobody_asks(_done, _total):
    pass


def validator(headers):
    """What tells one version of the file from the next; empty makes a server send all of it."""
    etag = headers.get("ETag") or ""
    return headers.get("Last-Modified") or "" if etag.startswith("W/") or not etag else etag


def refuse_unsafe(url):
    parts = urllib.parse.urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in LOCAL_HOSTS
    if parts.scheme != "https" and not local:
        raise DownloadError(f"{url} is not an https address.")


def host(url):
    return urllib.parse.urlsplit(url).hostname


def megabytes(size):
    return f"{size / 1e6:.1f} MB" if size else "size unknown"
