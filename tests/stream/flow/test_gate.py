"""Where other programs come in."""

import asyncio
import errno
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from fsrf_live.stream.flow.gate import Gate, gate_at, tell_once

MOST = 5


@pytest.fixture
def gate() -> Iterator[Gate]:
    with closing(gate_at("127.0.0.1", 0, MOST)) as gate:
        yield gate


def come_in(gate: Gate) -> socket.socket:
    host, port, *_ = gate.getsockname()
    return socket.create_connection((host, port), timeout=20)


def test_who_comes_when_too_many_are_there_is_shut_out_at_once(gate: Gate) -> None:
    with ExitStack() as crowd:
        for _ in range(MOST):
            crowd.enter_context(come_in(gate))
            crowd.enter_context(gate.accept()[0])
        for _ in range(3):
            late = crowd.enter_context(come_in(gate))
            with pytest.raises(BlockingIOError):
                gate.accept()
            assert late.recv(1) == b""


def test_there_is_room_again_for_as_many_as_have_gone(gate: Gate) -> None:
    with ExitStack() as crowd:
        for number in range(4 * MOST):
            crowd.enter_context(come_in(gate))
            way, _ = gate.accept()
            if number % MOST:
                way.close()
            else:
                crowd.enter_context(way)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_it_listens_by_every_name_of_this_machine(host: str) -> None:
    try:
        gate = gate_at(host, 0, MOST)
    except OSError as error:
        if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            raise
        pytest.skip("this machine has no IPv6")
    with gate, come_in(gate), gate.accept()[0] as way:
        assert way.fileno() >= 0


def test_a_port_in_use_is_told(gate: Gate) -> None:
    with pytest.raises(OSError, match=r"[aA]ddress already in use"):
        gate_at("127.0.0.1", gate.getsockname()[1], MOST)


def test_a_trouble_of_a_loop_is_one_line_each_kind_once(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    full = {"message": "out of files", "exception": OSError(errno.EMFILE, os.strerror(errno.EMFILE))}
    with closing(asyncio.new_event_loop()) as loop:
        tell_once(loop)
        for _ in range(100):
            loop.call_exception_handler(full)
            loop.call_exception_handler({"message": "Unclosed connection"})
    goes_on = "a server of this session has trouble, and goes on"
    assert caplog.messages == [
        f"{goes_on} (OSError: [Errno {errno.EMFILE}] Too many open files)",
        f"{goes_on} (Unclosed connection)",
    ]
    assert capfd.readouterr().err == ""
