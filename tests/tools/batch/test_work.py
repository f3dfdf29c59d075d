"""A row's fingerprint and result, by a real worker on a small checkpoint."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fsrf_live.fsrf.common.errors import CheckpointError, EngineError
from fsrf_live.stream.clips.offline import Offline
from fsrf_live.tools.batch.terms import Terms
from fsrf_live.tools.batch.work import Head, RowOutcome, RowTask, Workbench
from tests.doubles.media import write_sound

Do = Callable[..., RowOutcome]


@pytest.fixture
def terms(untrained: Path, tmp_path: Path) -> Terms:
    return Terms("torch", "fp32", untrained, (tmp_path,), frozenset(), False, None).signed()


@pytest.fixture
def bench(terms: Terms) -> Iterator[Workbench]:
    with closing(Workbench(terms)) as bench:
        yield bench


def row(known: Head | None = None, **cells: str) -> RowTask:
    return RowTask(1, "row", cells, known)


def head_of(outcome: RowOutcome) -> dict[str, Any]:
    assert outcome.result is not None
    head = json.loads(outcome.result.splitlines()[0])
    assert isinstance(head, dict)
    return head


def known(outcome: RowOutcome) -> Head:
    head = head_of(outcome)
    return Head(head["fingerprint"], head["error"])


def test_a_result_is_what_the_row_says_and_its_records_without_any_latency(
    bench: Workbench, tmp_path: Path
) -> None:
    write_sound(tmp_path / "tone.wav", 1.0)
    outcome = bench.perform(row(media="tone.wav"))
    assert outcome.error is None
    assert outcome.result is not None
    head, *records = [json.loads(line) for line in outcome.result.splitlines()]
    assert list(head) == ["type", "media", "text", "captions", "fingerprint", "error"]
    assert (head["type"], head["media"], head["text"], head["error"]) == ("row", "tone.wav", None, None)
    assert records[-1]["type"] == "summary"
    assert "latency" not in outcome.result.decode()


def test_the_same_row_gives_the_same_bytes_whatever_was_done_before(bench: Workbench, tmp_path: Path) -> None:
    write_sound(tmp_path / "tone.wav", 1.0)
    write_sound(tmp_path / "other.wav", 0.7)
    first = bench.perform(row(media="tone.wav"))
    bench.perform(row(media="other.wav"))
    assert bench.perform(row(media="tone.wav")) == first


def test_what_is_known_is_not_done_again(
    terms: Terms, bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sound(tmp_path / "tone.wav", 0.5)
    done = bench.perform(row(media="tone.wav"))
    broken = bench.perform(row(media="gone.wav"))
    monkeypatch.delattr("fsrf_live.engines.select.select_engine")  # nothing is loaded either
    again = Workbench(terms)
    assert again.perform(row(known(done), media="tone.wav")) == RowOutcome()
    assert again.perform(row(known(broken), media="gone.wav")) == RowOutcome(error=broken.error)


@pytest.mark.parametrize("cells", [{"media": "tone.wav"}, {"captions": "said.vtt"}])
def test_a_file_is_that_of_the_command_wherever_the_worker_is_at_home(
    terms: Terms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: dict[str, str]
) -> None:
    command, worker = tmp_path / "command", tmp_path / "worker"
    for folder, seconds in ((command, 0.5), (worker, 0.7)):
        folder.mkdir()
        write_sound(folder / "tone.wav", seconds)
        (folder / "said.vtt").write_text(f"WEBVTT\n\n00:00.000 --> 00:0{seconds:.3f}\nso\n")
    asked = replace(terms, folders=(tmp_path, command))
    monkeypatch.chdir(command)
    task = RowTask(1, "row", cells, None)
    done = Workbench(asked).perform(task)
    assert done.error is None
    monkeypatch.chdir(worker)
    assert Workbench(asked).perform(task) == done
    assert Workbench(asked).perform(replace(task, known=known(done))) == RowOutcome()


def test_where_a_file_lies_is_no_part_of_its_result(terms: Terms, bench: Workbench, tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    write_sound(tmp_path / "tone.wav", 0.5)
    below = Workbench(replace(terms, folders=(tmp_path / "below", tmp_path)))
    assert below.perform(row(media="tone.wav")) == bench.perform(row(media="tone.wav"))


def test_other_content_other_captions_other_options_another_version_are_done_again(
    terms: Terms, bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = write_sound(tmp_path / "tone.wav", 0.5)
    task = row(media="tone.wav")
    seen = {head_of(bench.perform(task))["fingerprint"]}

    def is_new(bench: Workbench) -> bool:
        before = len(seen)
        seen.add(head_of(bench.perform(task))["fingerprint"])
        return len(seen) > before

    assert not is_new(bench)
    write_sound(sound, 0.6)
    assert is_new(bench)
    captions = tmp_path / "tone.vtt"
    captions.write_text("WEBVTT\n\n00:00.000 --> 00:00.400\n\n")
    assert is_new(bench)
    captions.write_text("WEBVTT\n\n00:00.000 --> 00:00.500\n\n")
    assert is_new(bench)
    assert is_new(Workbench(replace(terms, without=frozenset({"video"}))))
    assert is_new(Workbench(replace(terms, engine="auto")))
    monkeypatch.setattr("fsrf_live.tools.shell.signature.version", lambda: "9.9")
    assert is_new(Workbench(terms.signed()))


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"media": "gone.wav"}, "gone.wav does not exist"),
        ({"media": "empty.wav"}, "empty.wav"),
        ({"media": "x" * 5000}, "File name too long"),
        ({"media": "\0"}, ""),
        ({"text": "a", "captions": "b.vtt"}, "exclude one another"),
        ({"captions": "gone.vtt"}, "gone.vtt"),
    ],
)
def test_a_row_that_cannot_be_read_keeps_its_reason_until_it_changes(
    bench: Workbench, tmp_path: Path, cells: dict[str, str], says: str
) -> None:
    (tmp_path / "empty.wav").touch()
    outcome = bench.perform(RowTask(1, "row", cells, None))
    assert outcome.error is not None
    assert says in outcome.error
    assert head_of(outcome)["fingerprint"]
    assert head_of(outcome)["error"] == outcome.error


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(5, "Input/output error"), "Input/output error"),
        (MemoryError("too much"), "internal error, MemoryError: too much"),
        (EngineError("it stopped"), "it stopped"),
    ],
)
def test_what_is_no_fault_of_the_row_is_tried_again_by_the_next_call(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, error: Exception, says: str
) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(Offline, "analyze", fails)
    outcome = bench.perform(row(text="so"))
    assert outcome.error is not None
    assert says in outcome.error
    assert head_of(outcome)["fingerprint"] is None


def test_a_worker_with_another_checkpoint_or_package_refuses(terms: Terms, tmp_path: Path) -> None:
    signature = dict(terms.signature)
    for part in ("checkpoint", "av", "fsrf-live"):
        other = replace(terms, signature=tuple({**signature, part: "other"}.items()))
        with pytest.raises(
            EngineError, match=rf"{part} .* is there, but this batch is done with other: install"
        ):
            Workbench(other)
    with pytest.raises(CheckpointError, match=r"gone\.safetensors"):
        Workbench(replace(terms, checkpoint=tmp_path / "gone.safetensors"))
