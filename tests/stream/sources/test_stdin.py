import os
from collections.abc import Iterator

import pytest

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.sources.source import EndOfSource
from fsrf_live.stream.sources.stdin import StandardInput
from tests.conftest import REPOSITORY

ARABIC = max((REPOSITORY / "tests/golden/sentences/ar.txt").read_text(encoding="utf-8").splitlines(), key=len)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    yield read, write
    for descriptor in (read, write):
        try:
            os.close(descriptor)
        except OSError:
            continue


def test_lines_are_words_of_the_moment_at_which_they_are_read(pipe: tuple[int, int]) -> None:
    clock = FakeClock(3 * NS)
    source = StandardInput(clock, pipe[0])
    source.open()
    os.write(pipe[1], "good day\n\n  how \x1b[2Jare\tyou 😀\nand".encode())
    assert source.read() == Words(3 * NS, 3 * NS, "good day", language="en")
    assert source.read() == Words(3 * NS, 3 * NS, "how are you 😀", language="en")
    clock.advance(1)
    os.write(pipe[1], b" so on\n")
    assert source.read() == Words(4 * NS, 4 * NS, "and so on", language="en")


@pytest.mark.parametrize(
    ("language", "told"), [(None, ["en", "de", "de", "en"]), ("de", ["de"] * 4), ("en", ["en"] * 4)]
)
def test_each_line_has_its_language_told_or_given(
    pipe: tuple[int, int], language: str | None, told: list[str]
) -> None:
    source = StandardInput(FakeClock(), pipe[0], language=language)
    source.open()
    os.write(pipe[1], b"ok\nDas ist wirklich sehr schade.\nok\nI do not think that it is.\n")
    lines = [source.read() for _ in told]
    assert [words and words.language for words in lines] == told


def test_it_does_not_wait_for_a_line_that_does_not_come(pipe: tuple[int, int]) -> None:
    source = StandardInput(FakeClock(), pipe[0])
    source.open()
    assert source.read() is None


def test_a_long_line_comes_in_passages(pipe: tuple[int, int]) -> None:
    clock = FakeClock(NS)
    source = StandardInput(clock, pipe[0])
    os.write(pipe[1], (" ".join(["one"] * 40) + ". " + " ".join(["two"] * 40) + ".\n").encode())
    first = source.read()
    clock.advance(1)
    second = source.read()
    assert first is not None
    assert second is not None
    assert set(first.text.rstrip(".").split()) == {"one"}
    assert set(second.text.rstrip(".").split()) == {"two"}
    assert (first.start_ns, second.start_ns) == (NS, 2 * NS)


def test_a_line_is_cut_as_the_encoder_of_its_language_sees_it(pipe: tuple[int, int]) -> None:
    source = StandardInput(FakeClock(), pipe[0])
    os.write(pipe[1], f"{ARABIC}\n".encode())
    os.close(pipe[1])
    assert source.read() == Words(0, 0, ARABIC, language="ar")
    with pytest.raises(EndOfSource):
        source.read()


def test_the_last_line_needs_no_end(pipe: tuple[int, int]) -> None:
    source = StandardInput(FakeClock(), pipe[0])
    os.write(pipe[1], b"one\ntwo")
    os.close(pipe[1])
    read = [source.read(), source.read()]
    assert [words.text for words in read if words is not None] == ["one", "two"]
    with pytest.raises(EndOfSource):
        source.read()


def test_bytes_that_are_no_text_do_no_harm(pipe: tuple[int, int]) -> None:
    source = StandardInput(FakeClock(), pipe[0])
    os.write(pipe[1], b"\xff\xfe broken \x00\n")
    words = source.read()
    assert words is not None
    assert "broken" in words.text


def test_a_line_without_end_is_cut(pipe: tuple[int, int]) -> None:
    source = StandardInput(FakeClock(), pipe[0])
    chunks = 0
    while source.read() is None:
        os.write(pipe[1], b"x" * 60_000)
        chunks += 1
    assert 1_000_000 < chunks * 60_000 < 1_100_000


def test_a_closed_descriptor_is_an_error(pipe: tuple[int, int]) -> None:
    source = StandardInput(FakeClock(), pipe[0])
    os.close(pipe[0])
    with pytest.raises(SourceError, match="closed"):
        source.open()
    with pytest.raises(SourceError, match="cannot be read"):
        source.read()
