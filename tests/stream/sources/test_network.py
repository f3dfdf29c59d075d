"""Cameras that send pictures over HTTP, for real: a server on the loopback address."""

import http.server
import ssl
import threading
from pathlib import Path

import numpy as np
import pytest

from fsrf_live.fsrf.common.aliases import Image
from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.flow.clock import MonotonicClock
from fsrf_live.stream.sources import network
from fsrf_live.stream.sources.network import NetworkCamera, decoded
from tests.doubles.awkward_camera import (
    PASSWORD,
    USER,
    Answer,
    Turns,
    guarded,
    multipart,
    once,
    refusal,
    serving,
)
from tests.doubles.certificates import certificate
from tests.doubles.media import write_video


def picture(width: int = 64, height: int = 48, value: int = 200) -> Image:
    """Bright above, dark below."""
    image = np.full((height, width, 3), value, np.uint8)
    image[height // 2 :] = 40
    return image


def jpeg(image: Image, *, sampling: int | None = None) -> bytes:
    import cv2

    options = [] if sampling is None else [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    return bytes(cv2.imencode(".jpg", image, options)[1])


def upside_down(data: bytes) -> bytes:
    """The JPEG with an EXIF that says orientation 3."""
    tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x03\0\0\0\0\0\0\0"
    body = b"Exif\0\0" + tiff
    return data[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + data[2:]


def seen(camera: NetworkCamera) -> Image:
    """The next picture that a camera gives."""
    while True:
        frame = camera.read()
        if frame is not None:
            return frame.image


def pictures(answer: Answer, count: int, user: str = "") -> list[Image]:
    """The first pictures of a camera that gives this answer."""
    with serving(answer) as place:
        camera = NetworkCamera(f"http://{user}{place}/camera", MonotonicClock())
        camera.open()
        images = [seen(camera) for _ in range(count)]
        camera.close()
    return images


def in_turns(parts: list[bytes], count: int) -> list[Image]:
    """The first pictures of a camera that sends each part once the one before it was seen."""
    turns = Turns()
    with serving(multipart(parts, turns=turns)) as place, turns:
        camera = NetworkCamera(f"http://{place}/camera", MonotonicClock())
        camera.open()
        images = []
        for _ in range(count):
            turns.give()
            images.append(seen(camera))
        camera.close()
    return images


def error(answer: Answer, user: str = "") -> str:
    with serving(answer) as place:
        camera = NetworkCamera(f"http://{user}{place}/camera", MonotonicClock())
        with pytest.raises(SourceError) as caught:
            camera.open()
        camera.close()
    return str(caught.value)


def is_upright(image: Image) -> bool:
    half = len(image) // 2
    return bool(image[: half - 4].mean() > 150 and image[half + 4 :].mean() < 60)


def shows(images: list[Image], shape: tuple[int, int]) -> bool:
    return any(image.shape == (*shape, 3) and is_upright(image) for image in images)


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("lengths", [False, True])
def test_pictures_come_as_they_are(chunked: bool, lengths: bool) -> None:
    [image] = pictures(multipart([jpeg(picture())], chunked=chunked, lengths=lengths), 1)
    assert image.dtype == np.uint8
    assert shows([image], (48, 64))


@pytest.mark.parametrize("chunked", [False, True])
def test_a_picture_that_came_before_the_stream_broke_off_is_seen(chunked: bool) -> None:
    turns = Turns()
    with serving(multipart([jpeg(picture())], chunked=chunked, turns=turns)) as place:
        camera = NetworkCamera(f"http://{place}/camera", MonotonicClock())
        camera.open()
        with turns:
            turns.give(3)
    assert shows([seen(camera)], (48, 64))  # the server has gone by now
    with pytest.raises(SourceError, match=r"sends nothing any more|has ended its stream"):
        seen(camera)
    camera.close()


def test_a_camera_may_change_the_size_of_its_pictures() -> None:
    for size in ((32, 24), (96, 64)):
        images = in_turns([jpeg(picture()), jpeg(picture(*size))], 3)
        assert shows(images[:1], (48, 64))
        assert shows(images[-1:], size[::-1])


def test_a_camera_may_change_sampling_and_lose_its_colours() -> None:
    import cv2

    full = jpeg(picture(), sampling=cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)
    grey = bytes(cv2.imencode(".jpg", picture()[..., 0])[1])
    images = in_turns([full, jpeg(picture()), grey], 4)
    assert all(shows([image], (48, 64)) for image in images)


def test_a_picture_that_is_stored_upside_down_is_turned_as_its_exif_says() -> None:
    [image] = pictures(multipart([upside_down(jpeg(picture()[::-1].copy()))]), 1)
    assert shows([image], (48, 64))


def test_an_address_of_one_picture_is_asked_again_and_again() -> None:
    images = pictures(once(jpeg(picture())), 3)
    assert all(shows([image], (48, 64)) for image in images)


@pytest.mark.parametrize("junk", [b"no picture", b"", jpeg(picture())[:200]])
def test_a_part_that_is_no_picture_is_left_out_and_counted(junk: bytes) -> None:
    with serving(multipart([junk, jpeg(picture())])) as place:
        camera = NetworkCamera(f"http://{place}/", MonotonicClock())
        camera.open()
        frame = camera.read() or camera.read() or camera.read()
        camera.close()
    assert frame is not None
    assert shows([frame.image], (48, 64))
    assert camera.health.drops == 1


def test_what_only_looks_like_a_picture_is_none() -> None:
    assert decoded(b"\xff\xd8 but no more\xff\xd9") is None
    assert decoded(b"") is None


def test_a_user_and_a_password_stand_in_the_address() -> None:
    user = f"{USER}:{PASSWORD.replace('@', '%40')}@"
    assert shows(pictures(guarded(once(jpeg(picture()))), 1, user), (48, 64))
    refused = error(guarded(once(b"")), "bob:secret@")
    assert "answers 401: it asks for a user and a password" in refused
    assert "secret" not in refused


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (refusal(404), "answers 404: there is nothing at this path"),
        (refusal(403), "answers 403: it does not allow this"),
        (refusal(500), "answers 500: Internal Server Error"),
        (once(b"<html>", "text/html"), "sends text/html, no pictures: is the path right?"),
        (once(b"{}", "application/json"), "sends application/json, no pictures"),
    ],
)
def test_an_error_says_what_the_camera_answered(answer: Answer, says: str) -> None:
    assert says in error(answer)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://127.0.0.1:9/camera", "cannot be opened: connection refused"),
        ("http://nobody.invalid/camera", "cannot be opened: "),
        ("http://[broken", "cannot be opened: "),
    ],
)
def test_an_error_says_what_the_network_answered(address: str, says: str) -> None:
    camera = NetworkCamera(address, MonotonicClock())
    with pytest.raises(SourceError, match=says):
        camera.open()


def test_a_certificate_that_nobody_trusts_is_told(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(tmp_path))
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        camera = NetworkCamera(f"https://127.0.0.1:{server.server_port}/video", MonotonicClock())
        with pytest.raises(SourceError, match=r"its certificate is not trusted \(self.signed certificate"):
            camera.open()
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("password", ["pa/ss", "pa#ss", "pa?ss"])
def test_a_password_that_ends_the_address_is_not_shown_by_the_error(password: str) -> None:
    camera = NetworkCamera(f"http://admin:{password}@127.0.0.1/video", MonotonicClock())
    with pytest.raises(SourceError, match="cannot be opened: it is no address; write / # ") as caught:
        camera.open()
    assert "pa" not in f"{caught.value} {camera.name}".replace("password", "")


def numbered(number: int) -> bytes:
    """What passes for a picture, large enough that a few fill what is read at once."""
    return b"\xff\xd8" + number.to_bytes(4, "big") + bytes(40_000) + b"\xff\xd9"


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("lengths", [False, True])
@pytest.mark.parametrize("secure", [False, True])
def test_a_decoder_that_is_slower_than_the_camera_is_never_two_decodings_behind(
    chunked: bool, lengths: bool, secure: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = None
    if secure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certified, key = certificate(tmp_path)
        context.load_cert_chain(certified, key)
        monkeypatch.setenv("SSL_CERT_FILE", certified)
    turns, sent, begun = Turns(), [0], [0]

    def slow(data: bytes) -> Image:
        """Takes as long as the camera takes for four pictures."""
        assert int.from_bytes(data[2:6], "big") > begun[-1], "it was sent since the last decoding began"
        begun.append(sent[-1])
        turns.give(4)
        sent.append(sent[-1] + 4)
        return picture()

    monkeypatch.setattr(network, "decoded", slow)
    parts = [numbered(number) for number in range(1, 200)]
    with serving(multipart(parts, chunked=chunked, lengths=lengths, turns=turns), context) as place, turns:
        camera = NetworkCamera(f"http{'s' * secure}://{place}/camera", MonotonicClock())
        camera.open()
        turns.give(4)
        sent.append(4)
        for _ in range(25):
            seen(camera)
        camera.close()


def test_a_camera_that_sends_without_end_is_seen() -> None:
    data = jpeg(picture()) + bytes(50_000) + b"\xff\xd9"  # what is behind a picture is ignored

    def flood(request: http.server.BaseHTTPRequestHandler) -> None:
        multipart([data])(request)
        while True:
            request.wfile.write(b"--frame\r\n\r\n%s\r\n" % data)

    assert shows(pictures(flood, 3), (48, 64))


def test_a_stream_that_ends_is_an_error() -> None:
    with serving(once(b"--frame\r\n", "multipart/x-mixed-replace; boundary=frame")) as place:
        camera = NetworkCamera(f"http://{place}/", MonotonicClock())
        camera.open()
        assert camera.read() is None
        with pytest.raises(SourceError, match="has ended its stream"):
            camera.read()
        camera.close()
        with pytest.raises(SourceError, match="is not open"):
            camera.read()


def test_video_over_http_is_read_by_opencv(tmp_path: Path) -> None:
    video = write_video(tmp_path / "film.ts").read_bytes()
    [image] = pictures(once(video, "video/mp2t"), 1)
    assert image.shape == (48, 64, 3)
