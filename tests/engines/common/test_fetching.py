"""Fetching a model from a host that cuts off, lies, refuses or is not there."""

import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fsrf_live.engines.common.fetching import fetch
from fsrf_live.engines.common.shelf import HERE, condition
from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.speech.models import MODEL_BIN
from tests.doubles.hub import Hub
from tests.doubles.models import CONTENT, small_model, written

MODEL = small_model()
WHERE = "/them/toy"


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy stands between a test and its hub."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub().serving() as hub:
        hub.files = {f"{WHERE}/{name}": data for name, data in CONTENT.items()}
        yield hub


def fetched(hub: Hub, root: Path) -> list[int]:
    """Fetch, and give what was shown."""
    shown: list[int] = []
    assert fetch(MODEL, root, hub.url + WHERE, shown.append) == root / "toy"
    return shown


def test_a_model_comes_whole_and_its_bytes_are_counted(hub: Hub, tmp_path: Path) -> None:
    shown = fetched(hub, tmp_path)
    assert {path.name: path.read_bytes() for path in (tmp_path / "toy").iterdir()} == CONTENT
    assert shown == sorted(shown)
    assert shown[-1] == MODEL.bytes
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]


@pytest.mark.parametrize("ranges", [True, False])
def test_what_is_cut_off_goes_on_from_there_or_from_the_beginning(
    hub: Hub, tmp_path: Path, ranges: bool
) -> None:
    hub.cut_after = 60_000
    with pytest.raises(SourceError, match="cut off after 60000 of 102400 bytes; run it again"):
        fetched(hub, tmp_path)
    assert not (tmp_path / "toy").exists()
    hub.cut_after, hub.ranges = None, ranges
    hub.asked.clear()
    shown = fetched(hub, tmp_path)
    assert condition(MODEL, tmp_path) == HERE
    assert hub.asked[0] == (MODEL_BIN, "bytes=60000-")
    assert "config.json" not in dict(hub.asked)
    assert shown[-1] == MODEL.bytes


@pytest.mark.parametrize("data", [CONTENT[MODEL_BIN][:-1] + b"~", CONTENT[MODEL_BIN] + b"more"])
def test_what_is_not_the_pinned_file_is_not_kept(hub: Hub, tmp_path: Path, data: bytes) -> None:
    hub.files[f"{WHERE}/{MODEL_BIN}"] = data
    with pytest.raises(SourceError, match="is not the pinned file"):
        fetched(hub, tmp_path)
    assert not (tmp_path / "toy").exists()
    hub.files[f"{WHERE}/{MODEL_BIN}"] = CONTENT[MODEL_BIN]
    hub.asked.clear()
    fetched(hub, tmp_path)
    assert (MODEL_BIN, None) in hub.asked


def test_a_file_that_the_hub_does_not_have_is_one_line(hub: Hub, tmp_path: Path) -> None:
    del hub.files[f"{WHERE}/vocabulary.txt"]
    with pytest.raises(SourceError, match=r"vocabulary.txt: its host answers 404"):
        fetched(hub, tmp_path)
    assert not (tmp_path / "toy").exists()


def test_without_a_network_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"127.0.0.1 cannot be reached .*network.*proxy"):
        fetch(MODEL, tmp_path, "http://127.0.0.1:9", lambda done: None)


@pytest.mark.parametrize(
    "hub", ["https://a..b", f"https://{'x' * 64}.org", "http://a:port", "hub", "x://hub"]
)
def test_what_is_no_address_is_one_line(hub: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"is no address|cannot be reached"):
        fetch(MODEL, tmp_path, hub, lambda done: None)


def test_a_proxy_is_taken_from_the_environment(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", hub.url)
    hub.files = {f"http://hub.invalid{path}": data for path, data in hub.files.items()}
    fetch(MODEL, tmp_path, f"http://hub.invalid{WHERE}", lambda done: None)
    assert condition(MODEL, tmp_path) == HERE


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """The system lets no file grow beyond this."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills_up_is_one_line_and_what_came_is_kept(hub: Hub, tmp_path: Path) -> None:
    with largest_file(50_000), pytest.raises(SourceError, match=r"cannot be written .*FSRF_CACHE_DIR"):
        fetched(hub, tmp_path)
    assert not (tmp_path / "toy").exists()
    fetched(hub, tmp_path)
    assert condition(MODEL, tmp_path) == HERE


def test_a_disk_without_room_is_seen_before(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(SourceError, match="MB are needed and 0 MB are free"):
        fetched(hub, tmp_path)
    assert hub.asked == []


def test_a_folder_that_cannot_be_made_is_one_line(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SourceError, match="cannot be written"):
        fetched(hub, tmp_path / "file")


def test_an_altered_copy_is_replaced(hub: Hub, tmp_path: Path) -> None:
    (written(tmp_path / "toy") / MODEL_BIN).write_bytes(b"altered")
    fetched(hub, tmp_path)
    assert condition(MODEL, tmp_path) == HERE
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]
