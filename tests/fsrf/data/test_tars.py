import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.data.tars import packed_files

FILES = {"corpus/b.ogg": b"two", "corpus/a.ogg": b"one"}


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    with tarfile.open(tmp_path / "corpus.tar", "w") as packed:
        folder = tarfile.TarInfo("corpus")
        folder.type = tarfile.DIRTYPE
        packed.addfile(folder)
        for name, content in FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return tmp_path / "manifest.csv"


def test_all_files_come_in_the_order_of_the_tar_and_folders_do_not(manifest: Path) -> None:
    assert list(packed_files(manifest, "corpus")) == list(FILES.items())


def test_named_files_come_in_the_order_of_their_names(manifest: Path) -> None:
    names = sorted(FILES)
    assert list(packed_files(manifest, "corpus", names)) == [(name, FILES[name]) for name in names]


@pytest.mark.parametrize(
    ("corpus", "names", "says"),
    [
        ("other", None, r"other\.tar, which .*manifest\.csv names, cannot be read \(No such file"),
        ("corpus", ["corpus/c.ogg"], r"cannot be read \(it lacks corpus/c\.ogg\): get the file again"),
        ("corpus", ["corpus"], r"it lacks corpus\b"),
    ],
)
def test_what_is_not_there_is_named(manifest: Path, corpus: str, names: list[str] | None, says: str) -> None:
    with pytest.raises(DataError, match=says):
        list(packed_files(manifest, corpus, names))


@pytest.mark.parametrize("damage", [lambda whole: b"no tar at all", lambda whole: whole[:1100]])
def test_a_damaged_tar_is_refused(manifest: Path, damage: Callable[[bytes], bytes]) -> None:
    path = manifest.with_name("corpus.tar")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match="not a tar file, or is cut off: get the file again"):
        list(packed_files(manifest, "corpus"))
