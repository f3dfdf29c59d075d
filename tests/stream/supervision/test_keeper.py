"""One source kept going, without threads: what counts as an opening that hangs."""

from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.flow.items import Change, State
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
