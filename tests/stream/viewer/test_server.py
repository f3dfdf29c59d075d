"""The viewer's server, with real clients: programs that are none, and ones that are worse."""

import contextlib
import http.client
import io
import json
import shutil
import socket
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from fsrf_live.stream.flow.pace import BURST
from fsrf_live.stream.recording.edits import EDITS
from fsrf_live.stream.viewer.asking import LONGEST_EDIT
from fsrf_live.stream.viewer.server import ViewerServer, viewer_files
from fsrf_live.stream.viewer.shelf import id_of
from tests.doubles.page import WAIT_S, cookie_of
from tests.doubles.viewer import viewer_over

MARKER = {"time_s": 3.0, "name": "smile"}


class Client:
    """What a browser sends that has opened the address, unless told otherwise."""

    def __init__(self, address: str) -> None:
        self.host = urlsplit(address).netloc
        self.cookie = cookie_of(address)

    def ask(
        self, path: str, body: bytes | None = None, method: str | None = None, **changed: str | None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body; of `changed`, None leaves a header out."""
        method = method or ("GET" if body is None else "POST")
        usual = {"Host": self.host, "Cookie": self.cookie, "Origin": f"http://{self.host}"}
        if method == "GET":
            del usual["Origin"]
        headers = {name: value for name, value in {**usual, **changed}.items() if value is not None}
        way = http.client.HTTPConnection(self.host, timeout=WAIT_S)
        with contextlib.closing(way):
            way.putrequest(method, path, skip_host=True)
            for name, value in headers.items():
                way.putheader(name, value)
            way.putheader("Content-Length", str(len(body or b"")))
            way.endheaders(body)
            answer = way.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()

    def told(self, path: str, message: Any = None) -> dict[str, Any]:
        """What the JSON of an answer says."""
        body = None if message is None else json.dumps(message).encode()
        return dict(json.loads(self.ask(path, body)[2]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, filmed: Path, monday: Path) -> Path:
    folder = tmp_path_factory.mktemp("served")
    for source in (filmed, monday):
        shutil.copytree(source, folder / source.name)
    return folder


@pytest.fixture(scope="module")
def viewer(folder: Path) -> Iterator[ViewerServer]:
    with viewer_over(folder) as viewer:
        yield viewer


@pytest.fixture(scope="module")
def client(viewer: ViewerServer) -> Client:
    return Client(viewer.address)


def path_of(folder: Path, name: str, what: str = "") -> str:
    return f"/recordings/{id_of(folder / name)}{what}"


def test_the_files_of_the_viewer_are_there_and_those_of_a_session_are_not(client: Client) -> None:
    assert client.ask("/")[1]["content-type"] == "text/html; charset=utf-8"
    assert b"FSRF Live recordings" in client.ask("/?of=whatever")[2]
    for path in ("/viewer.js", "/graph.js", "/page.css", "/uplot/uPlot.iife.min.js"):
        assert client.ask(path)[0] == 200
    session = (
        "page.html",
        "page.js",
        "feed.js",
        "overlay.html",
        "lending.js",
        "microphone.js",
        "jpeg.js",
        "picture.js",
    )
    for path in (*(f"/{name}" for name in session), "/../../../etc/passwd"):
        assert client.ask(path)[0] == 404
    assert viewer_files()["/viewer.css"][1] == "text/css; charset=utf-8"


ASKED = ("/", "/recordings", "/recordings/x", "/recordings/x/picture?at=1", "/recordings/x/sound.wav")


@pytest.mark.parametrize("path", ASKED)
def test_nothing_is_told_to_who_has_no_cookie_or_another_host(client: Client, path: str) -> None:
    assert client.ask(path, Cookie=None)[0] == 403
    assert client.ask(path, Cookie=client.cookie[:-1])[0] == 403
    assert client.ask(path, Host="evil.example")[0] == 421
    assert client.ask(path, Origin="http://evil.example")[0] == 403


def test_an_edit_must_say_that_it_comes_from_our_page(client: Client, folder: Path) -> None:
    path, body = path_of(folder, "monday", "/edits"), json.dumps({"id": None, "marker": MARKER, "seen": None})
    for origin in (None, "null", "http://127.0.0.1:1", f"https://{client.host}"):
        assert client.ask(path, body.encode(), Origin=origin)[0] == 403
    assert client.ask("/address", b"{}", Origin=None)[0] == 403
    assert not (folder / "monday" / EDITS).exists()


def test_every_answer_keeps_to_itself(client: Client, folder: Path) -> None:
    for path in ("/", "/recordings", path_of(folder, "filmed", "/picture?at=1"), "/recordings/x"):
        headers = client.ask(path)[1]
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in client.ask("/")[1]["content-security-policy"]


def test_recordings_are_listed_and_each_can_be_opened(client: Client, folder: Path) -> None:
    listed = client.told("/recordings")
    assert {one["name"]: (one["media"], one["markers"]) for one in listed["recordings"]} == {
        "filmed": (True, 2),
        "monday": (False, 2),
    }
    for one in listed["recordings"]:
        shown = client.told(f"/recordings/{one['id']}")
        assert (shown["name"], shown["duration_s"]) == (one["name"], one["length_s"])
        assert (shown["pictures"], shown["sound"]) == (one["media"], one["media"])


def test_another_session_recorded_into_a_folder_of_that_name_is_another_one(
    client: Client, folder: Path
) -> None:
    path = path_of(folder, "today")
    for source, filmed in (("monday", False), ("filmed", True)):
        shutil.copytree(folder / source, folder / "today")
        assert client.told(path)["pictures"] is filmed
        shutil.rmtree(folder / "today")


def test_a_stretch_can_be_asked_for(client: Client, folder: Path) -> None:
    shown = client.told(path_of(folder, "monday", "?from=5&to=7"))
    assert {5 <= reading["end_s"] <= 7 for reading in shown["readings"]} == {True}
    for nonsense in ("from=x", "from=nan", "to=inf", "from="):
        assert client.ask(path_of(folder, "monday", f"?{nonsense}"))[0] == 400


def test_pictures_are_given_with_their_moment_and_the_next(client: Client, folder: Path) -> None:
    status, headers, body = client.ask(path_of(folder, "filmed", "/picture?at=1.05"))
    assert (status, headers["content-type"], headers["picture-at"], headers["next-at"]) == (
        200, "image/jpeg", "1.0", "1.1",
    )  # fmt: skip
    assert body.startswith(b"\xff\xd8")
    status, headers, body = client.ask(path_of(folder, "filmed", "/picture?at=0"))
    assert (status, headers["next-at"], body) == (204, "0.2", b"")
    assert client.ask(path_of(folder, "filmed", "/picture"))[0] == 400
    assert b"no pictures and no sound" in client.ask(path_of(folder, "monday", "/picture?at=1"))[2]


def test_sound_is_given_in_parts(client: Client, folder: Path) -> None:
    path = path_of(folder, "filmed", "/sound.wav")
    status, headers, whole = client.ask(path)
    assert (status, headers["content-type"], headers["accept-ranges"]) == (200, "audio/wav", "bytes")
    with wave.open(io.BytesIO(whole)) as file:
        assert file.getnframes() == 12 * 16_000
    status, headers, part = client.ask(path, Range="bytes=100000-100999")
    assert (status, headers["content-range"]) == (206, f"bytes 100000-100999/{len(whole)}")
    assert part == whole[100_000:101_000]
    status, headers, _ = client.ask(path, Range=f"bytes={len(whole)}-")
    assert (status, headers["content-range"]) == (416, f"bytes */{len(whole)}")


def test_markers_are_edited_and_what_is_refused_says_why(client: Client, folder: Path) -> None:
    path = path_of(folder, "filmed", "/edits")
    added = client.told(path, {"id": None, "marker": MARKER, "seen": None})
    assert added["marker"] == {**MARKER, "source": "viewer"}
    state = client.told(path_of(folder, "filmed", "/state"))
    assert state == {"state": added["state"], "running": False}
    renamed = {"time_s": 3.0, "name": "grin"}
    assert (
        client.told(path, {"id": added["id"], "marker": renamed, "seen": MARKER})["marker"]["name"] == "grin"
    )
    refused = client.told(path, {"id": added["id"], "marker": None, "seen": MARKER})
    assert refused == {"refused": "another page has changed this marker meanwhile: look at it again"}
    assert client.told(path, {"id": added["id"], "marker": None, "seen": renamed})["marker"] is None
    long = client.told(path, {"id": None, "marker": {"time_s": 1, "name": "a" * 5000}, "seen": None})
    assert "too long" in long["refused"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\x00", b"null", b'{"id":null}', b"[" * 9000])
def test_nonsense_is_refused_in_one_line_and_the_viewer_goes_on(
    client: Client, folder: Path, body: bytes
) -> None:
    status, _, answer = client.ask(path_of(folder, "monday", "/edits"), body)
    assert status in (400, 429)
    assert "\n" not in json.loads(answer)["refused"]
    assert client.ask("/recordings")[0] == 200


def test_a_megabyte_is_not_even_read(client: Client, folder: Path) -> None:
    with socket.create_connection(tuple(client.host.split(":")), timeout=WAIT_S) as way:  # type: ignore[arg-type]
        head = (
            f"POST {path_of(folder, 'monday', '/edits')} HTTP/1.1\r\nHost: {client.host}\r\n"
            f"Origin: http://{client.host}\r\nCookie: {client.cookie}\r\nContent-Length: 1000000\r\n\r\n"
        )
        way.sendall(head.encode() + b"x" * (LONGEST_EDIT + 1))
        answer = way.recv(10_000)
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 429"))


@pytest.mark.parametrize("id", ["nothing", "..", "%2e%2e%2fmonday", "a" * 3000, "%00", "%ff"])
def test_what_is_not_there_is_one_line(client: Client, id: str) -> None:
    for what in ("", "/state", "/picture?at=1", "/sound.wav"):
        status, _, answer = client.ask(f"/recordings/{id}{what}")
        assert status == 404
        assert answer in (
            b'{"refused":"this recording is not there any more"}', b"there is no such file\n",
        )  # fmt: skip


def test_one_that_is_deleted_while_it_is_open_is_one_line(
    viewer: ViewerServer, client: Client, folder: Path, monday: Path
) -> None:
    shutil.copytree(monday, folder / "brief")
    path = path_of(folder, "brief")
    assert client.told(path)["name"] == "brief"
    shutil.rmtree(folder / "brief")
    for what in ("", "/state"):
        assert client.told(f"{path}{what}") == {"refused": "this recording is not there any more"}


def test_a_film_that_is_gone_or_is_none_leaves_the_rest(folder: Path, client: Client, filmed: Path) -> None:
    shutil.copytree(filmed, folder / "unseen")
    (folder / "unseen" / "media.mkv").unlink()
    shown = client.told(path_of(folder, "unseen"))
    assert shown["no_film"] == "media.mkv is gone, though the recording says it was made"
    (folder / "unseen" / "media.mkv").write_bytes(b"no film at all")
    shown = client.told(path_of(folder, "unseen"))
    assert "unseen/media.mkv cannot be read as media" in shown["no_film"]
    assert shown["readings"]
    shutil.rmtree(folder / "unseen")


def test_another_address_works_once(client: Client) -> None:
    address = client.told("/address", {})["address"]
    assert Client(address).ask("/recordings")[0] == 200
    assert http_status(address) == 403


def http_status(address: str) -> int:
    parts = urlsplit(address)
    with contextlib.closing(http.client.HTTPConnection(parts.netloc, timeout=WAIT_S)) as way:
        way.request("GET", f"/?{parts.query}")
        return way.getresponse().status


def test_who_asks_too_much_is_told_to_wait(monday: Path) -> None:
    with viewer_over(monday) as viewer:
        client = Client(viewer.address)
        answers = [client.ask(path_of(monday.parent, "monday", "/edits"), b"{") for _ in range(2 * BURST)]
    assert 429 in {status for status, _, _ in answers}
