"""What becomes of windows while the server of an engine is away."""

import logging

import pytest

from fsrf_live.engines.common.contract import Inputs, Outputs
from fsrf_live.fsrf.common.errors import EngineAwayError
from fsrf_live.stream.flow.records import Reading
from fsrf_live.stream.live.pending import ASK_AGAIN_S, MOST_WINDOWS
from fsrf_live.stream.reading.analyst import Analyst
from tests.doubles.fakes import FakeEngine, FakeTextEncoder
from tests.doubles.sessions import STEP_S, Session


class Distant(FakeEngine):
    """An engine on a server that may be away."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.asked = 0

    def run(self, inputs: Inputs) -> Outputs:
        self.asked += 1
        if self.away:
            raise EngineAwayError("triton://127.0.0.1:8000/fsrf is gone")
        return super().run(inputs)


def distant() -> tuple[Session, Distant]:
    session, engine = Session(), Distant()
    session.core.analyst = Analyst(engine, FakeTextEncoder(), session.clock)
    return session, engine


def finals(session: Session) -> list[int]:
    return [r.window for r in session.records if isinstance(r, Reading) and r.final and r.revision >= 0]


def test_readings_go_on_when_the_server_is_back_and_no_utterance_is_lost() -> None:
    session, engine = distant()
    session.play(6.0)
    engine.away = True
    before = len(finals(session))
    session.play(12.0)
    assert len(finals(session)) == before
    engine.away = False
    session.play(ASK_AGAIN_S + STEP_S)
    session.end()
    whole = Session()
    whole.play(18.0 + ASK_AGAIN_S + STEP_S)
    whole.end()
    assert set(finals(session)) == set(finals(whole))


def test_the_session_says_once_that_it_is_away_and_once_that_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    session, engine = distant()
    session.play(1.0)
    engine.away = True
    with caplog.at_level(logging.WARNING):
        session.play(12.0)
        assert session.core.board.away == "triton://127.0.0.1:8000/fsrf is gone"
        engine.away = False
        session.play(4.0)
    assert session.core.board.away is None
    assert [record.message for record in caplog.records] == [
        "triton://127.0.0.1:8000/fsrf is gone; windows wait for it",
        "this is over: triton://127.0.0.1:8000/fsrf is gone",
    ]


def test_a_server_that_is_away_is_asked_now_and_then() -> None:
    """Each attempt may cost the core a second."""
    session, engine = distant()
    engine.away = True
    session.play(20.0)
    assert 3 <= engine.asked <= 20.0 / ASK_AGAIN_S + 1


def test_what_waits_is_bounded_and_counted() -> None:
    session, engine = distant()
    engine.away = True
    session.play(5.0 * (MOST_WINDOWS + 8) / 2)
    engine.away = False
    session.play(4.0)
    assert len(set(finals(session))) <= MOST_WINDOWS
    assert session.core.board.skipped > 0


def test_a_session_that_ends_while_it_is_away_says_why_there_is_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    session, engine = distant()
    engine.away = True
    session.play(8.0)
    with caplog.at_level(logging.WARNING):
        summary = session.end()
    assert (summary.score, summary.reason) == (None, "triton://127.0.0.1:8000/fsrf is gone")
    assert caplog.records[-1].message.endswith("windows were not read")
    assert session.core.board.skipped > 0


def test_latency_tells_nothing_of_windows_that_waited_for_the_server() -> None:
    session, engine = distant()
    session.play(6.0)
    engine.away = True
    session.play(12.0)
    engine.away = False
    session.play(8.0)
    session.end()
    assert session.core.board.latency["total"].max < 1000.0
