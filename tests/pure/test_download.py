"""Downloads over http from a server on this machine: resumed, begun anew, refused."""

import http.server
import threading

import pytest
from monorig.inference.download import DownloadError, download

CONTENT = bytes(range(256)) * 40


class Server(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT with ranges; /cut stops after half of it, /404 has nothing."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append(self.headers.get("Range"))
        if self.path == "/404":
            self.send_error(404)
            return
        first = 0
        if self.headers.get("Range") and self.headers.get("If-Range") == self.server.tag:
            first = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        if first >= len(CONTENT):
            self.send_error(416)
            return
        rest = CONTENT[first:]
        self.send_response(206 if first else 200)
        self.send_header("ETag", self.server.tag)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if self.path == "/cut" and not first:
            rest = rest[: len(rest) // 2]
            self.close_connection = True
        self.wfile.write(rest)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server():
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    running.asked, running.tag = [], '"one"'
    thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


def address(server, path):
    return f"http://127.0.0.1:{server.server_port}{path}"


def test_a_file_is_downloaded(tmp_path, server):
    lines = []
    download(address(server, "/file"), tmp_path / "file", lines.append)
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert lines == ["getting it from 127.0.0.1, 0.0 MB ..."]


def test_a_broken_off_download_goes_on_where_it_stopped(tmp_path, server):
    target = tmp_path / "file"
    with pytest.raises(DownloadError, match="broke"):
        download(address(server, "/cut"), target, print)
    assert not target.exists()
    assert (tmp_path / "file.part").stat().st_size == len(CONTENT) // 2
    download(address(server, "/cut"), target, print)
    assert target.read_bytes() == CONTENT
    assert server.asked == [None, f"bytes={len(CONTENT) // 2}-"]


def test_a_file_that_has_changed_meanwhile_is_begun_anew(tmp_path, server):
    target = tmp_path / "file"
    (tmp_path / "file.part").write_bytes(b"of an older version")
    (tmp_path / "file.tag").write_text('"older"')
    download(address(server, "/file"), target, print)
    assert target.read_bytes() == CONTENT


def test_a_part_that_is_whole_already_is_asked_for_again(tmp_path, server):
    target = tmp_path / "file"
    (tmp_path / "file.part").write_bytes(CONTENT + b"more")
    (tmp_path / "file.tag").write_text('"one"')
    download(address(server, "/file"), target, print)
    assert target.read_bytes() == CONTENT


def test_a_missing_file_is_a_sentence(tmp_path, server):
    with pytest.raises(DownloadError, match="127.0.0.1 answered 404 Not Found"):
        download(address(server, "/404"), tmp_path / "file", print)


def test_no_server_is_a_sentence(tmp_path, server):
    server.shutdown()
    server.server_close()
    with pytest.raises(DownloadError, match="127.0.0.1 cannot be reached"):
        download(address(server, "/file"), tmp_path / "file", print)


@pytest.mark.parametrize("url", ["http://example.org/x", "file:///etc/passwd", "ftp://a.org/x"])
def test_only_https_is_used(tmp_path, url):
    with pytest.raises(DownloadError, match="not an https address"):
        download(url, tmp_path / "file", print)
