import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.sources.multipart import LONGEST_PART, Multipart, boundary_of

BODIES = [b"first", b"\r\nsecond\n\n--", b"\xff\xd8third--frame is inside\xff\xd9"]


def stream(bodies: list[bytes], *, end: bytes = b"\r\n", lengths: bool = True) -> bytes:
    """Parts as a camera sends them."""
    head = end.join([b"--frame", b"Content-Type: image/jpeg"])
    return b"".join(
        head + (end + b"Content-Length: %d" % len(body) if lengths else b"") + end + end + body + end
        for body in bodies
    )


def parts(data: bytes, size: int = 1 << 20) -> list[bytes]:
    reader = Multipart(b"frame")
    return [body for at in range(0, len(data), size) for body in reader.push(data[at : at + size])]


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/x-mixed-replace; boundary=frame", b"frame"),
        ('multipart/x-mixed-replace;boundary="--frame"', b"frame"),
        ("Multipart/Mixed; charset=x; BOUNDARY=a.b", b"a.b"),
        ("multipart/x-mixed-replace", b""),
        ("image/jpeg", None),
        ("text/html; boundary=frame", None),
        ("", None),
    ],
)
def test_the_boundary_stands_in_the_content_type(content_type: str, boundary: bytes | None) -> None:
    assert boundary_of(content_type) == boundary


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_parts_that_tell_their_length_may_hold_anything(end: bytes) -> None:
    assert parts(stream(BODIES[:1] + BODIES[2:], end=end)) == BODIES[:1] + BODIES[2:]


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_part_without_a_length_ends_at_the_next_boundary(end: bytes) -> None:
    data = stream([b"one", b"two"], end=end, lengths=False) + b"--frame--"
    assert parts(data) == [b"one", b"two"]


def test_more_dashes_in_the_stream_than_in_the_header_are_no_part_of_a_body() -> None:
    data = stream([b"one", b"two"], lengths=False).replace(b"--frame", b"----frame") + b"----frame"
    assert parts(data) == [b"one", b"two"]


def test_a_boundary_that_the_header_lacks_is_learned_from_the_stream() -> None:
    reader = Multipart(b"")
    assert reader.push(stream([b"one", b"two"])) == [b"one", b"two"]


def test_what_stands_before_the_first_boundary_is_passed_over() -> None:
    assert parts(b"HTTP noise\r\n\r\n" + stream([b"one"])) == [b"one"]


@given(
    st.lists(st.binary(min_size=1, max_size=60).filter(lambda b: b[:1] not in b"\r\n"), max_size=5),
    st.integers(1, 40),
)
def test_pieces_of_any_size_give_the_same_parts(bodies: list[bytes], size: int) -> None:
    assert parts(stream(bodies), size) == bodies


@given(st.binary(max_size=2000), st.integers(1, 100))
def test_nothing_breaks_it_and_what_it_holds_is_bounded(data: bytes, size: int) -> None:
    reader = Multipart(b"frame")
    for at in range(0, len(data), size):
        for body in reader.push(data[at : at + size]):
            assert len(body) <= LONGEST_PART


@pytest.mark.parametrize("length", [b"-1", b"x", b"99999999999999", b""])
def test_a_length_that_means_nothing_is_passed_over(length: bytes) -> None:
    data = b"--frame\r\nContent-Length: " + length + b"\r\n\r\none\r\n--frame\r\n\r\ntwo\r\n--frame"
    assert parts(data) == [b"one", b"two"]


def test_a_part_without_an_end_is_given_up() -> None:
    reader = Multipart(b"frame")
    reader.push(b"--frame\r\n\r\n")
    for _ in range(LONGEST_PART // (1 << 20) + 2):
        assert reader.push(b"x" * (1 << 20)) == []
    assert reader.push(b"\r\n" + stream([b"one"])) == [b"one"]
