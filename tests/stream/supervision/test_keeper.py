"""One source kept going, without threads: openings that hang, failures that the user asked for."""

import numpy as np
import pytest

from fsrf_live.fsrf.common.errors import RehearsedError, SourceError
from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.flow.items import Change, Samples, State
from fsrf_live.stream.sources.fake import FakeMicrophone
from fsrf_live.stream.supervision.keeper import OPEN_HANGS_AFTER_S, Keeper
from tests.doubles.sources import spec_of

LONG_NS = round((OPEN_HANGS_AFTER_S + 1) * NS)


def test_a_run_that_waits_for_its_driver_is_not_opening_its_source() -> None:
    changes: list[Change] = []
    keeper = Keeper(spec_of(lambda: FakeMicrophone(FakeClock())), 0, lambda item: None, changes.append)
    run = keeper.begin()
    assert keeper.look(LONG_NS) is None
    assert not changes
    keeper.prepare(run, LONG_NS)
    assert keeper.look(LONG_NS + NS) is None
    assert keeper.look(2 * LONG_NS) is keeper.run
    assert keeper.run is not run
    assert run.over.is_set()
    assert [change.state for change in changes] == [State.LOST]
    assert "took more than" in (changes[0].reason or "")


@pytest.mark.parametrize(
    ("error", "rehearsed"), [(RehearsedError("asked for"), True), (SourceError("gone"), False)]
)
def test_a_failure_that_the_user_asked_for_is_known_as_one_until_it_is_over(
    error: SourceError, rehearsed: bool
) -> None:
    changes: list[Change] = []
    keeper = Keeper(spec_of(lambda: FakeMicrophone(FakeClock())), 0, lambda item: None, changes.append)
    run = keeper.begin()
    keeper.take(run, error, NS)
    keeper.prepare(run, 2 * NS)
    assert [change.state for change in changes] == [State.LOST, State.RECONNECTING]
    assert {change.rehearsed for change in changes} == {keeper.view(2 * NS).rehearsed} == {rehearsed}
    keeper.take(run, None, 3 * NS)
    keeper.take(run, Samples(3 * NS, np.ones(320, np.float32)), 3 * NS)
    assert (changes[-1].state, changes[-1].rehearsed) == (State.LIVE, False)
    assert not keeper.view(3 * NS).rehearsed


def test_a_device_that_fails_while_its_unplug_is_rehearsed_has_failed() -> None:
    keeper = Keeper(spec_of(lambda: FakeMicrophone(FakeClock())), 0, lambda item: None, lambda change: None)
    run = keeper.begin()
    keeper.take(run, RehearsedError("asked for"), NS)
    keeper.take(run, SourceError("gone"), 2 * NS)
    assert not keeper.view(2 * NS).rehearsed
