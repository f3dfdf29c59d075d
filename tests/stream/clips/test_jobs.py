"""What analyze is asked to read."""

from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import FsrfError, MediaError, UsageError
from fsrf_live.stream.clips.job import Job
from fsrf_live.stream.clips.jobs import job_of, read_manifest

VTT = "WEBVTT\n\n00:00.000 --> 00:01.000\nhow nice\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def jobs(path: Path) -> list[Job | FsrfError]:
    return read_manifest(path, frozenset(), hear=False)


def test_captions_beside_the_media_are_taken(tmp_path: Path) -> None:
    write(tmp_path / "talk.vtt", VTT)
    job = job_of(tmp_path / "talk.mp4", None, None, frozenset(), hear=False)
    assert [words.text for words in job.captions] == ["how nice"]


@pytest.mark.parametrize(("text", "hear"), [("what was said", False), (None, True)])
def test_captions_beside_the_media_are_left_where_something_else_says_what_is_said(
    tmp_path: Path, text: str | None, hear: bool
) -> None:
    write(tmp_path / "talk.vtt", VTT)
    assert job_of(tmp_path / "talk.mp4", text, None, frozenset(), hear=hear).captions == ()


def test_without_text_captions_are_not_even_read(tmp_path: Path) -> None:
    write(tmp_path / "talk.vtt", "no captions at all")
    job = job_of(tmp_path / "talk.mp4", None, None, frozenset({"text"}), hear=False)
    assert (job.captions, job.without) == ((), frozenset({"text"}))


def test_a_manifest_gives_its_rows_in_order_and_empty_means_absent(tmp_path: Path) -> None:
    path = write(tmp_path / "many.csv", 'text,media\n"so, so",\n,clip.mp4\n,\n')
    first, second, third = jobs(path)
    assert isinstance(first, Job)
    assert (first.text, first.media) == ("so, so", None)
    assert isinstance(second, Job)
    assert (second.text, second.media) == (None, tmp_path / "clip.mp4")
    assert third == Job()


def test_files_are_beside_the_manifest_or_else_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, here = tmp_path / "lists", tmp_path / "here"
    folder.mkdir()
    here.mkdir()
    write(folder / "a.png", "")
    write(here / "a.png", "")
    write(here / "b.png", "")
    monkeypatch.chdir(here)
    media = [
        job.media for job in jobs(write(folder / "many.csv", "media\na.png\nb.png\n")) if isinstance(job, Job)
    ]
    assert media == [folder / "a.png", Path("b.png")]


def test_a_row_whose_captions_are_missing_is_its_error_and_the_others_go_on(tmp_path: Path) -> None:
    path = write(tmp_path / "many.csv", "text,captions\nfine,\n,gone.vtt\n")
    fine, gone = jobs(path)
    assert isinstance(fine, Job)
    assert isinstance(gone, MediaError)
    assert "gone.vtt" in str(gone)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("I loved it,,, really", "' really' stands after the last column: put a text that has a comma into"),
        ("so,said.vtt", "text and captions exclude one another"),
        (f",{'x' * 300}.vtt", "xxx…: File name too long; name a file that is there"),
    ],
)
def test_a_row_that_cannot_be_meant_is_its_error_and_the_others_go_on(
    tmp_path: Path, row: str, says: str
) -> None:
    write(tmp_path / "said.vtt", VTT)
    wrong, fine = jobs(write(tmp_path / "many.csv", f"text,captions,media\n{row}\nfine\n"))
    assert isinstance(wrong, FsrfError)
    assert says in str(wrong)
    assert isinstance(fine, Job)
    assert fine.text == "fine"


def test_a_byte_order_mark_further_columns_and_long_texts_are_fine(tmp_path: Path) -> None:
    long = "so good " * 20_000
    path = write(tmp_path / "many.csv", f"\ufeffid,text\n7,{long}\n")
    (job,) = jobs(path)
    assert isinstance(job, Job)
    assert job.text == long


def test_a_manifest_without_any_known_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="media, text, captions"):
        jobs(write(tmp_path / "many.csv", "sentence\nhello\n"))


@pytest.mark.parametrize("content", [b"text\n\xff\xfe\n", b'text\n"never closed\n'])
def test_what_is_no_csv_in_utf8_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "many.csv"
    path.write_bytes(content)
    with pytest.raises(MediaError, match="not CSV in UTF-8"):
        jobs(path)


def test_a_manifest_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="No such file"):
        jobs(tmp_path / "gone.csv")
