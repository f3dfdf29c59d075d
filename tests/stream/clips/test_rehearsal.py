"""A clip under many failures at once, with fake extractors and a fake engine."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fsrf_live.stream.clips.job import Job, OfflineMakers
from fsrf_live.stream.clips.offline import Offline
from fsrf_live.stream.clips.rehearsal import (
    Case,
    CaseRun,
    Cost,
    Rehearsal,
    complete,
    cost_of,
    curve_cases,
    dropout_of,
    fault_cases,
    given_case,
    subset_cases,
)
from fsrf_live.stream.faults.spec import parse_fault
from fsrf_live.stream.flow.clock import NS, MonotonicClock
from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.flow.records import Event, Reading, encode
from fsrf_live.stream.reading.analyst import Analyst
from tests.doubles.fakes import FakeEngine, FakeFaces, FakeTextEncoder, FakeVoices
from tests.doubles.media import write_sound, write_video
from tests.stream.clips.test_offline import Stills
from tests.stream.recording.test_media import conversation, written

MADE: list[FakeFaces] = []
CAPTIONS = (Words(0, 2 * NS, "good"), Words(4 * NS, 5 * NS, "good"))


class CountedFaces(FakeFaces):
    def __init__(self) -> None:
        super().__init__()
        MADE.append(self)


def makers() -> OfflineMakers:
    return OfflineMakers(CountedFaces, FakeVoices, Stills)


def analyst() -> Analyst:
    return Analyst(FakeEngine(), FakeTextEncoder(), MonotonicClock())


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds of brightening pictures, ten a second, and a tone."""
    times = [number / 10 for number in range(100)]
    return write_video(tmp_path_factory.mktemp("clip") / "clip.mkv", times, sound_s=10.0)


def rehearsal(clip: Path, captions: tuple[Words, ...] = CAPTIONS) -> Rehearsal:
    return Rehearsal(Job(clip, captions), analyst(), makers(), MonotonicClock())


@pytest.fixture(scope="module")
def runs(clip: Path) -> dict[str, CaseRun]:
    whole = rehearsal(clip)
    given = given_case([parse_fault("camera:unplug@2s+3s"), parse_fault("text:drop=1")])
    cases = [complete(), *subset_cases(whole.there), *fault_cases(whole.there, 10.0), given]
    return {run.case.name: run for run in whole.run(cases, lambda time_s: None)}


def told(records: list[Reading | Event]) -> list[str]:
    lines = []
    for record in records:
        values = json.loads(encode(record))
        values.pop("latency_ms", None)
        lines.append(json.dumps(values))
    return sorted(lines)


def cost(runs: dict[str, CaseRun], name: str) -> Cost:
    return cost_of(runs[name], runs["complete"])


@pytest.mark.parametrize(
    "name", ["complete", "camera:freeze", "mic:unplug", "text:garble=0.5", "your faults"]
)
def test_a_case_is_what_analysing_the_clip_under_it_gives(
    clip: Path, runs: dict[str, CaseRun], name: str
) -> None:
    run = runs[name]
    job = Job(clip, CAPTIONS, faults=run.case.faults)
    alone = [
        r
        for r in Offline(analyst(), makers(), MonotonicClock()).analyze(job)
        if isinstance(r, Reading | Event)
    ]
    assert told([*(r for _, r in run.readings), *run.events]) == told(alone)


def test_every_smaller_set_of_modalities_is_run(runs: dict[str, CaseRun]) -> None:
    subsets = [run for run in runs.values() if run.case.group == "subset"]
    assert len(subsets) == 6
    for run in subsets:
        assert run.finals
        assert all(r.modalities[m].state == "missing" for r in run.finals for m in run.case.without)


def test_what_no_fault_is_done_to_is_looked_at_once(clip: Path) -> None:
    MADE.clear()
    cases = [complete(), *(given_case([parse_fault(f)]) for f in ("mic:mute", "text:drop=1", "camera:black"))]
    rehearsal(clip).run(cases, lambda time_s: None)
    assert len(MADE) == 2
    assert all(faces.closed for faces in MADE)


def test_time_is_told_up_to_the_end_of_the_clip(clip: Path) -> None:
    moments: list[float] = []
    rehearsal(clip).run([complete()], moments.append)
    assert moments == sorted(moments)
    assert moments[-1] >= 10.0


def test_the_complete_run_costs_nothing(runs: dict[str, CaseRun]) -> None:
    nothing = cost(runs, "complete")
    assert (nothing.most, nothing.moved, nothing.relabelled) == (0.0, 0.0, 0)
    assert nothing.inside == nothing.windows == nothing.of > 0
    assert nothing.width == pytest.approx(nothing.complete_width)


def test_an_unplugged_camera_is_noticed_at_once_and_is_back_with_the_next_reading(
    runs: dict[str, CaseRun],
) -> None:
    unplugged = cost(runs, "camera:unplug")
    assert unplugged.noticed_s == pytest.approx(0.0, abs=0.06)
    assert unplugged.back_s is not None
    assert 0 <= unplugged.back_s <= 3.5
    assert (unplugged.unnoticed, unplugged.not_back) == (0, 0)


def test_a_frozen_picture_and_digital_silence_are_noticed_as_live(runs: dict[str, CaseRun]) -> None:
    assert cost(runs, "camera:freeze").noticed_s == pytest.approx(1.0, abs=0.15)
    assert cost(runs, "mic:mute").noticed_s == pytest.approx(0.5, abs=0.1)


def test_what_leaves_the_source_alive_is_not_an_outage(runs: dict[str, CaseRun]) -> None:
    noisy = cost(runs, "mic:noise=5dB")
    assert (noisy.noticed_s, noisy.back_s, noisy.unnoticed) == (None, None, 0)


def test_only_what_the_failure_reached_is_compared(clip: Path, tmp_path: Path) -> None:
    silent = write_video(tmp_path / "silent.mkv", [number / 10 for number in range(100)])
    early = given_case([parse_fault("camera:black@0.5s+0.1s")])
    whole, run = rehearsal(silent, ()).run([complete(), early], lambda time_s: None)
    assert cost_of(run, whole).of == 1 < len(whole.finals)
    never = given_case([parse_fault("camera:unplug@60s+1s")])
    whole, run = rehearsal(clip).run([complete(), never], lambda time_s: None)
    assert (cost_of(run, whole).of, cost_of(run, whole).score) == (0, None)


def test_losing_words_moves_the_score_by_what_they_were_worth(runs: dict[str, CaseRun]) -> None:
    lost = cost(runs, "face + voice only")
    assert lost.most is not None
    assert lost.most > 0.1
    assert lost.moved is not None
    assert lost.most >= lost.moved > 0


def test_single_dropouts_are_summed_up_over_strong_stretches(runs: dict[str, CaseRun]) -> None:
    costs = [cost(runs, name) for name in runs]
    dropout = dropout_of(costs)
    assert dropout is not None
    singles = [c for c in costs if c.case.dropped is not None]
    assert len(singles) == 3 + 3 + 2 + 1
    assert dropout.strong == sum(s.strong for c in singles for s in c.stretches) > 0
    assert 0 <= dropout.kept <= dropout.strong
    assert dropout.widened == 0, "all of this engine's intervals are as wide"
    assert dropout.most > 0


@pytest.mark.parametrize(("more", "widened"), [(0.0, False), (1e-9, False), (0.01, True), (-0.01, False)])
def test_an_interval_is_wider_by_more_than_rounding(
    runs: dict[str, CaseRun], more: float, widened: bool
) -> None:
    stretch = cost(runs, "camera:unplug").stretches[0]
    complete = stretch.complete
    assert replace(stretch, low=complete.low, high=complete.high + more).widened is widened


def test_cases_are_of_what_the_clip_has(tmp_path: Path) -> None:
    sound = rehearsal(write_sound(tmp_path / "talk.wav", 2.0), ())
    assert sound.there == {"audio"}
    assert list(subset_cases(sound.there)) == []
    assert {case.group for case in fault_cases(sound.there, 2.0)} == {"mic"}
    assert {case.faults[0].source for case in curve_cases(sound.there)} == {"mic"}


def test_a_case_says_what_nothing_is_left_of() -> None:
    assert Case("one", "subset", without=frozenset(("text",))).dropped == "text"
    assert given_case([parse_fault("mic:mute@1s")]).dropped == "audio"
    assert given_case([parse_fault("*:unplug")]).dropped is None
    assert given_case([parse_fault("mic:noise=3dB")]).dropped is None


def test_a_clip_that_does_not_tell_its_length_is_measured(tmp_path: Path) -> None:
    """What `--record-media` leaves where the program is killed."""
    clip = written(tmp_path / "killed", conversation(3.0), close=False)
    unclosed = rehearsal(clip, ())
    assert unclosed.info.duration_s == pytest.approx(3.0, abs=0.4)
    (run,) = unclosed.run([complete()], lambda time_s: None)
    assert run.summary is not None
    assert run.summary.duration_s == pytest.approx(unclosed.info.duration_s, abs=0.1)
