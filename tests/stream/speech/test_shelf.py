"""Where speech models lie: whole, checked at each load, never imported."""

import sys
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.speech.models import MANY, MODEL_BIN, MODELS, models_for
from fsrf_live.stream.speech.shelf import HERE, MISSING, condition, located, put_in_place
from tests.doubles.failing_disk import Call, failures
from tests.doubles.models import CONTENT, small_model, written


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where packages may be put."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


def test_a_model_that_is_nowhere_is_missing(tmp_path: Path) -> None:
    model = small_model(("no_such_package", "model"))
    assert located(model, tmp_path) is None
    assert condition(model, tmp_path) == MISSING


def test_a_model_lies_in_its_package_which_is_not_imported(tmp_path: Path, site: Path) -> None:
    folder = written(site / "toy_model" / "data")
    (site / "toy_model" / "__init__.py").write_text("raise SystemExit('imported')")
    model = small_model(("toy_model", "data"))
    assert located(model, tmp_path / "cache") == folder
    assert condition(model, tmp_path / "cache") == HERE
    assert "toy_model" not in sys.modules
    assert not (tmp_path / "cache").exists()


def test_halves_in_two_packages_are_joined_once(tmp_path: Path, site: Path) -> None:
    for number in range(2):
        written(site / f"toy_half{number}" / "data", number, of=2)
    model, cache = small_model(("toy_half0", "data"), ("toy_half1", "data")), tmp_path / "cache"
    assert condition(model, cache) == HERE
    assert not cache.exists()
    folder = located(model, cache)
    assert folder == cache / "toy"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENT
    (site / "toy_half1" / "data" / f"{MODEL_BIN}.part2").unlink()
    assert located(model, cache) == folder
    assert list(cache.iterdir()) == [folder]


def test_what_was_fetched_comes_first(tmp_path: Path, site: Path) -> None:
    written(site / "toy_too" / "data")
    fetched = written(tmp_path / "toy")
    assert located(small_model(("toy_too", "data")), tmp_path) == fetched


@pytest.mark.parametrize("name", CONTENT)
@pytest.mark.parametrize("harm", ["altered", "truncated", "gone"])
def test_a_file_that_is_not_what_it_should_be_is_named(tmp_path: Path, name: str, harm: str) -> None:
    path = written(tmp_path / "toy") / name
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + (b"" if harm == "truncated" else b"~"))
    with pytest.raises(SourceError, match=r"speech model toy: .*run 'fsrf fetch toy'") as raised:
        located(small_model(), tmp_path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert condition(small_model(), tmp_path) not in (HERE, MISSING)


def test_a_copy_that_is_altered_does_not_hide_one_that_is_whole(tmp_path: Path, site: Path) -> None:
    folder = written(site / "toy_spare" / "data")
    (written(tmp_path / "toy") / MODEL_BIN).write_bytes(b"altered")
    assert located(small_model(("toy_spare", "data")), tmp_path) == folder


def test_a_cache_that_cannot_be_written_is_one_line(tmp_path: Path, site: Path) -> None:
    for number in range(2):
        written(site / f"toy_part{number}" / "data", number, of=2)
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(SourceError, match="FSRF_CACHE_DIR"):
        located(small_model(("toy_part0", "data"), ("toy_part1", "data")), tmp_path / "cache")


def test_the_table_says_which_models_know_a_language() -> None:
    assert [model.name for model in models_for("en")] == ["small.en", "tiny.en", "small", "base"]
    assert [model.name for model in models_for("de")] == ["small", "base"]
    assert [model.name for model in models_for(None)] == ["small", "base"]
    assert models_for("klingon") == ()
    assert len(MANY) == 99
    for name, model in MODELS.items():
        assert model.name == name
        assert {file.name for file in model.files} == set(CONTENT)
        assert all(len(file.sha256) == 64 and file.bytes > 0 for file in model.files)
        assert len(model.revision) == 40


@pytest.mark.parametrize("call", ["mkdir", "rename"])
def test_whatever_fails_a_model_is_the_old_one_or_the_new_one(tmp_path: Path, call: Call) -> None:
    for disk in failures(tmp_path, (call,), lasting=(False,)):
        new, place = disk.folder / "new", disk.folder / "model"
        for folder in (new, place):
            folder.mkdir()
            (folder / "model.bin").write_text(folder.name)
        failed = False
        with disk.failing():
            try:
                put_in_place(new, place)
            except OSError:
                failed = True
        assert failed == disk.failed
        assert (place / "model.bin").read_text() == ("model" if failed else "new")
        assert {path.name for path in disk.folder.iterdir()} == ({"model", "new"} if failed else {"model"})
