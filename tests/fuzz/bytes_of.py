"""What strangers send: bytes put together of what a format is made of, and then damaged."""

from collections.abc import Sequence

from hypothesis import strategies as st

Strategy = st.SearchStrategy


def made_of(pieces: Sequence[bytes], most: int = 30) -> Strategy[bytes]:
    """Any pieces of a format in any order, with anything in between."""
    piece = st.sampled_from(pieces) | st.binary(max_size=8) | st.text(max_size=8).map(_encoded)
    return st.lists(piece, max_size=most).map(b"".join)


@st.composite
def damaged(draw: st.DrawFn, whole: Strategy[bytes]) -> bytes:
    """Bytes of which some are changed, cut out, put in, or said twice."""
    data = bytearray(draw(whole))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.sampled_from((0, 1, 2, 4, 8, 64, 1 << 20))))
        put = draw(st.binary(max_size=8) | st.just(bytes(data[at:end]) * 2))
        data[at:end] = put
    return bytes(data)


@st.composite
def cut(draw: st.DrawFn, whole: Strategy[bytes]) -> list[bytes]:
    """Bytes in the pieces in which a pipe or a network may bring them."""
    data = draw(whole)
    places = sorted(draw(st.lists(st.integers(0, len(data)), max_size=6)))
    return [data[begin:end] for begin, end in zip([0, *places], [*places, len(data)], strict=True)]


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
