import errno
import json
import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from fsrf_live.engines.common import cache as caching
from fsrf_live.engines.common.cache import Fingerprint, PlanCache, default_root
from tests.doubles.failing_disk import failures

PRINT = Fingerprint("onnx", "1", "abc", "cpu", "fp32", {"text": (1, 4, 6)})
FILES = {"model.onnx": b"a network", "notes": b""}


def never() -> dict[str, bytes]:
    raise AssertionError("built although it was cached")


def test_what_was_built_once_is_found_the_next_time(tmp_path: Path) -> None:
    first = PlanCache(tmp_path).fetch(PRINT, lambda: FILES)
    second = PlanCache(tmp_path).fetch(PRINT, never)
    assert (first.cached, second.cached) == (False, True)
    assert second.files == FILES


def test_a_plan_is_located_where_it_was_stored_if_it_is_whole(tmp_path: Path) -> None:
    cache = PlanCache(tmp_path)
    assert cache.locate(PRINT) is None
    cache.store(PRINT, FILES)
    located = cache.locate(PRINT)
    assert located is not None
    assert {name: place.read_bytes() for name, place in located.items()} == FILES
    located["model.onnx"].write_bytes(b"A network")
    assert cache.locate(PRINT) is None


@pytest.mark.parametrize(
    "other",
    [
        replace(PRINT, version="2"),
        replace(PRINT, model="abd"),
        replace(PRINT, device="sm89"),
        replace(PRINT, precision="fp16"),
        replace(PRINT, engine="tensorrt"),
        replace(PRINT, shapes={"text": (2, 4, 6)}),
    ],
)
def test_any_change_of_the_fingerprint_is_another_plan(tmp_path: Path, other: Fingerprint) -> None:
    cache = PlanCache(tmp_path)
    cache.store(PRINT, FILES)
    assert other.key != PRINT.key
    assert cache.find(other) is None


def test_a_plan_under_a_key_that_is_not_its_own_is_built_again(tmp_path: Path) -> None:
    cache = PlanCache(tmp_path)
    cache.store(PRINT, FILES)
    other = replace(PRINT, model="another")
    (tmp_path / PRINT.key).rename(tmp_path / other.key)
    assert cache.fetch(other, lambda: {"model.onnx": b"new"}).files == {"model.onnx": b"new"}
    assert cache.fetch(other, never).files == {"model.onnx": b"new"}


@pytest.mark.parametrize("damaged", [b"", b"a netw", b"A network", b"a network!"])
def test_a_damaged_file_is_built_again(tmp_path: Path, damaged: bytes) -> None:
    cache = PlanCache(tmp_path)
    cache.store(PRINT, FILES)
    (tmp_path / PRINT.key / "model.onnx").write_bytes(damaged)
    assert cache.find(PRINT) is None
    assert not cache.fetch(PRINT, lambda: FILES).cached
    assert cache.fetch(PRINT, never).files == FILES


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{", b"null", b'{"fingerprint": {}, "files": 3}'])
def test_a_damaged_manifest_is_built_again(tmp_path: Path, manifest: bytes) -> None:
    cache = PlanCache(tmp_path)
    cache.store(PRINT, FILES)
    (tmp_path / PRINT.key / "plan.json").write_bytes(manifest)
    assert cache.find(PRINT) is None
    assert cache.fetch(PRINT, lambda: FILES).files == FILES


def test_a_manifest_cannot_name_a_file_outside_the_cache(tmp_path: Path) -> None:
    root = tmp_path / "plans"
    cache = PlanCache(root)
    cache.store(PRINT, FILES)
    secret = tmp_path / "secret"
    secret.write_bytes(b"not a plan")
    place = root / PRINT.key / "plan.json"
    manifest = json.loads(place.read_bytes())
    manifest["files"] = caching._describe({"../../secret": b"not a plan"})
    place.write_text(json.dumps(manifest))
    assert cache.find(PRINT) is None


def test_a_folder_that_cannot_be_made_costs_one_warning_and_no_plan(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    said: list[str] = []
    plan = PlanCache(blocked / "plans", said.append).fetch(PRINT, lambda: FILES)
    assert plan.files == FILES
    assert len(said) == 1
    assert "FSRF_CACHE_DIR" in said[0]


def test_a_full_disk_costs_one_warning_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        path.write_bytes(data[:1])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(caching, "_write", full)
    said: list[str] = []
    assert PlanCache(tmp_path, said.append).fetch(PRINT, lambda: FILES).files == FILES
    assert len(said) == 1
    assert "No space left" in said[0]
    assert list(tmp_path.iterdir()) == []


def test_two_builders_at_once_end_with_one_whole_plan(tmp_path: Path) -> None:
    together = threading.Barrier(2)
    results = []

    def build() -> dict[str, bytes]:
        together.wait(10)
        return FILES

    def fetch() -> None:
        results.append(PlanCache(tmp_path).fetch(PRINT, build).files)

    threads = [threading.Thread(target=fetch) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert results == [FILES, FILES]
    assert [folder.name for folder in tmp_path.iterdir()] == [PRINT.key]
    assert PlanCache(tmp_path).fetch(PRINT, never).files == FILES


def test_what_a_killed_builder_left_is_swept_but_not_what_one_at_work_has(tmp_path: Path) -> None:
    left, working = tmp_path / ".building-left", tmp_path / ".building-now"
    left.mkdir()
    working.mkdir()
    long_ago = time.time() - 7 * 24 * 3600
    os.utime(left, (long_ago, long_ago))
    PlanCache(tmp_path).store(PRINT, FILES)
    assert not left.exists()
    assert working.exists()


def test_the_folder_is_chosen_by_the_environment_else_by_the_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSRF_CACHE_DIR", str(tmp_path))
    assert default_root() == tmp_path
    monkeypatch.delenv("FSRF_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert "fsrf-live" in default_root().parts


def test_whatever_fails_a_plan_is_whole_or_missing_and_costs_one_warning(tmp_path: Path) -> None:
    for disk in failures(tmp_path):
        said: list[str] = []
        with disk.failing():
            cache = PlanCache(disk.folder / "plans", said.append)
            assert cache.fetch(PRINT, lambda: FILES).files == FILES
        assert len(said) <= 1
        assert bool(said) == (PlanCache(disk.folder / "plans").find(PRINT) is None)
        assert not said or "No space left" in said[0]
        assert disk.failed or not said
        assert PlanCache(disk.folder / "plans").fetch(PRINT, lambda: FILES).files == FILES


def test_whatever_fails_while_a_damaged_plan_is_replaced_no_other_one_is_touched(tmp_path: Path) -> None:
    other = replace(PRINT, engine="other")
    for disk in failures(tmp_path):
        cache = PlanCache(disk.folder)
        cache.store(PRINT, FILES)
        cache.store(other, FILES)
        (disk.folder / PRINT.key / "plan.json").write_text("{")
        with disk.failing():
            cache.fetch(PRINT, lambda: FILES)
        assert cache.fetch(other, never).files == FILES
        assert cache.fetch(PRINT, lambda: FILES).files == FILES
