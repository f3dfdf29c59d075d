"""New faults laid over an old recording."""

from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.faults.spec import parse_fault
from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.flow.items import Change, Reason, State
from fsrf_live.stream.flow.records import Event, Marker, Reading, Record, Summary, encode
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.recording.chunks import Mark, Operation, Step
from fsrf_live.stream.recording.recorded import Recording
from fsrf_live.stream.replay.overlay import overlay
from fsrf_live.stream.replay.replay import Replay
from tests.doubles.fakes import FakeEngine, FakeTextEncoder
from tests.doubles.sessions import Session, recorded


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recordings") / "original"
    recorded(path)
    return path


def with_faults(folder: Path, *faults: str) -> list[Record]:
    analyst = Analyst(FakeEngine(), FakeTextEncoder(), FakeClock())
    return list(Replay(Recording(folder), analyst, [parse_fault(fault) for fault in faults]).run())


def finals(records: list[Record]) -> list[Reading]:
    return [record for record in records if isinstance(record, Reading) and record.final]


def events(records: list[Record], source: str) -> list[tuple[float, State]]:
    return [(r.time_s, r.state) for r in records if isinstance(r, Event) and r.source == source]


def test_an_unplugged_microphone_is_lost_and_comes_back(folder: Path) -> None:
    records = with_faults(folder, "mic:unplug@1s+7s")
    assert events(records, "mic") == [(0.0, State.LIVE), (1.0, State.LOST), (8.0, State.LIVE)]
    assert finals(records)[0].end_s == pytest.approx(1.0, abs=0.05)
    assert any(r.modalities["audio"].reason is Reason.LOST for r in finals(records))
    assert finals(records)[-1].modalities["audio"].state == "present"


def test_markers_stay_where_they_were(tmp_path: Path) -> None:
    session = Session(tmp_path / "marked")
    session.play(1.5)
    session.mark("stimulus 1")
    session.play(2.5)
    session.end()
    for faults in ((), ("*:unplug@1s+2s",), ("mic:lag=1s",)):
        markers = [r for r in with_faults(tmp_path / "marked", *faults) if isinstance(r, Marker)]
        assert [(marker.time_s, marker.name) for marker in markers] == [(1.5, "stimulus 1")]


def test_nothing_fails_while_everything_is_being_loaded() -> None:
    """A session's time begins anew when its files begin to play."""
    loaded_ns = 30 * NS
    live = Change(loaded_ns, "mic", State.LIVE, None, None)
    steps: list[Step] = [Mark(Operation.EPOCH, 20 * NS)]
    steps += [Mark(Operation.ADVANCE, 20 * NS + n * NS) for n in range(10)]
    steps += [Mark(Operation.EPOCH, loaded_ns), live]
    steps += [Mark(Operation.ADVANCE, loaded_ns + n * NS) for n in range(10)]
    faults = [parse_fault("mic:unplug@5s+2s"), parse_fault("camera:unplug@0s+1s")]
    shown = [(c.source, c.time_ns // NS, c.state) for c in overlay(steps, faults) if isinstance(c, Change)]
    assert shown == [
        ("camera", 30, State.LOST),
        ("mic", 30, State.LIVE),
        ("camera", 31, State.STARTING),
        ("mic", 35, State.LOST),
        ("mic", 37, State.LIVE),
    ]


def test_a_fault_over_a_real_outage_gives_way_to_it(folder: Path) -> None:
    assert events(with_faults(folder, "camera:unplug@5s+2s"), "camera") == [
        (0.0, State.LIVE),
        (5.0, State.LOST),
        (7.0, State.LOST),
        (8.0, State.LIVE),
    ]


def test_a_frozen_picture_is_noticed_after_a_second(folder: Path) -> None:
    records = with_faults(folder, "camera:freeze@1s+3s")
    (stalled_s, stalled), back = events(records, "camera")[1:3]
    assert (stalled, back) == (State.STALLED, (4.0, State.LIVE))
    assert stalled_s == pytest.approx(2.0, abs=0.05)


def test_a_muted_microphone_gives_no_speech(folder: Path) -> None:
    records = with_faults(folder, "mic:mute")
    ((at_s, state),) = events(records, "mic")[1:]
    assert state is State.STALLED
    assert at_s == pytest.approx(0.5, abs=0.05)
    assert all(r.modalities["audio"].state == "missing" for r in finals(records))
    assert finals(records)[-1].modalities["audio"].reason is Reason.SILENT


def test_a_recorded_outage_shows_at_once_when_a_frozen_picture_is_over(folder: Path) -> None:
    shown = events(with_faults(folder, "camera:freeze@4s+3s"), "camera")
    assert [state for _, state in shown] == [State.LIVE, State.STALLED, State.LOST, State.LIVE]
    assert [at_s for at_s, _ in shown[2:]] == [7.0, 8.0]


def test_a_rehearsed_failure_is_marked_as_one() -> None:
    steps: list[Step] = [Mark(Operation.EPOCH, 0), Change(0, "mic", State.LIVE, None, None)]
    steps += [Mark(Operation.ADVANCE, n * NS // 10) for n in range(40)]
    found = overlay(steps, [parse_fault("mic:unplug@1s+1s")], recognises=True)
    changes = [step for step in found if isinstance(step, Change)]
    assert [(c.source, c.state, c.rehearsed) for c in changes] == [
        ("mic", State.LIVE, False),
        ("mic", State.LOST, True),
        ("text", State.LOST, True),
        ("mic", State.LIVE, False),
        ("text", State.STARTING, False),
    ]


def test_late_words_revise_later(folder: Path) -> None:
    def first_text(records: list[Record]) -> int:
        return next(i for i, r in enumerate(records) if isinstance(r, Reading) and r.text)

    assert first_text(with_faults(folder, "text:lag=3s")) > first_text(with_faults(folder, "text:lag=0s"))


def test_garbled_and_dropped_words(folder: Path) -> None:
    assert not any(r.text for r in finals(with_faults(folder, "text:drop=1")))
    assert not any("good day" in r.text for r in finals(with_faults(folder, "text:garble=1")))


def test_recognised_words_go_and_return_with_the_microphone(folder: Path, tmp_path: Path) -> None:
    recorded(tmp_path / "asr", recognises=True)
    heard = with_faults(tmp_path / "asr", "mic:unplug@1s+7s")
    assert events(heard, "text") == [(0.0, State.LIVE), (1.0, State.LOST), (8.0, State.LIVE)]
    assert [e.reason for e in heard if isinstance(e, Event) and e.source == "text"][1] == (
        "mic: unplugged (rehearsed: mic:unplug@1s+7s)"
    )
    assert not any(r.text for r in finals(heard) if r.end_s < 8)
    read = with_faults(folder, "mic:unplug@1s+7s")
    assert events(read, "text") == [(0.0, State.LIVE)]
    assert any(r.text for r in finals(read) if r.end_s < 8)


def test_recognised_words_are_late_with_the_microphone(tmp_path: Path) -> None:
    recorded(tmp_path / "asr", recognises=True)
    first = next(r for r in finals(with_faults(tmp_path / "asr", "mic:lag=0.5s")) if r.text)
    before = next(r for r in finals(with_faults(tmp_path / "asr", "camera:lag=0s")) if r.text)
    assert first.start_s == pytest.approx(before.start_s + 0.5, abs=0.05)
    assert first.modalities["audio"].state == before.modalities["audio"].state == "present"


@pytest.mark.parametrize(
    "fault",
    [
        "mic:lag=0.5s@2.4s",
        "mic:lag=0.5s@1s+1.5s",
        "text:lag=3s@2.4s",
        "text:garble=0.9@2.4s",
        "text:lag=0.4s@1s+1.5s",
    ],
)
def test_what_was_recognised_in_a_pause_stands_once_whatever_begins_or_ends_after_it(
    tmp_path: Path, fault: str
) -> None:
    recorded(tmp_path / "asr", recognises=True)
    told = [r.text.split() for r in with_faults(tmp_path / "asr", fault) if isinstance(r, Reading)]
    assert max(map(len, told)) == 3


def test_the_same_faults_give_the_same_again(folder: Path) -> None:
    faults = ("*:drop=0.3", "camera:black@2s+2s", "mic:lag=0.2s@4s+3s")
    once, again = with_faults(folder, *faults), with_faults(folder, *faults)
    assert [encode(record) for record in once] == [encode(record) for record in again]
    assert isinstance(once[-1], Summary)


@pytest.mark.parametrize("fault", ["mic:noise=10dB", "mic:skew=500ppm"])
def test_what_needs_raw_sound_is_refused(folder: Path, fault: str) -> None:
    with pytest.raises(UsageError, match=r"needs raw sound.*--record-media"):
        with_faults(folder, fault)
