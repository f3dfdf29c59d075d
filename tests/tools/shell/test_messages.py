"""What the rooms below say reaches the user, at the right moment."""

import logging

import pytest

from fsrf_live.tools.shell.messages import MOST_HELD, listening


def test_warnings_are_lines_of_ours_and_details_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with listening(debug=False):
        logging.getLogger("fsrf_live.engines.common.cache").warning("the disk is %s", "full")
        logging.getLogger("fsrf_live.stream.supervision.capture").info("opened")
        logging.getLogger("somebody.else").info("chatter")
    assert capsys.readouterr().err == "fsrf: the disk is full\n"


def test_debug_shows_details_and_who_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with listening(debug=True):
        logging.getLogger("fsrf_live.stream.supervision.capture").debug("opened")
    assert capsys.readouterr().err == "fsrf: fsrf_live.stream.supervision.capture: opened\n"


def test_messages_wait_while_the_terminal_is_the_dashboards(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("fsrf_live.stream.supervision.capture")
    with listening(debug=False) as messages:
        with messages.held():
            for _ in range(3):
                logger.warning("the cable is out")
            for number in range(2 * MOST_HELD):
                logger.warning("message %d", number)
            assert capsys.readouterr().err == ""
        lines = capsys.readouterr().err.splitlines()
        assert lines[:2] == ["fsrf: the cable is out", "fsrf: message 0"]
        assert len(lines) == MOST_HELD
        logger.warning("at once again")
    assert capsys.readouterr().err == "fsrf: at once again\n"


def test_logging_is_left_as_it_was() -> None:
    logger = logging.getLogger("fsrf_live")
    before = (logger.level, logger.propagate, list(logger.handlers))
    with listening(debug=True):
        assert logger.propagate is False
    assert (logger.level, logger.propagate, list(logger.handlers)) == before


def test_a_message_with_line_breaks_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with listening(debug=False):
        logging.getLogger("fsrf_live.stream").warning("first\nsecond")
    assert capsys.readouterr().err == "fsrf: first second\n"
