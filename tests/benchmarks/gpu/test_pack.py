from collections.abc import Sequence
from pathlib import Path

from benchmarks.gpu.manifest import FILES, MANIFEST, Manifest
from benchmarks.gpu.pack import PACKAGES, PART_BYTES, download_words, packed, pins_of
from tests.conftest import REPOSITORY

PINS = pins_of((REPOSITORY / "constraints.txt").read_text())
SOURCES_ALONE = "tensorrt-rtx"


class FakePip:
    """Has every package: one as sources without compiled parts, one perhaps not at all."""

    def __init__(self, lacks: str | None = None) -> None:
        self.asked: list[Sequence[str]] = []
        self._lacks = lacks

    def __call__(self, words: Sequence[str]) -> int:
        self.asked.append(words)
        name = words[-1].partition("==")[0]
        if name == self._lacks or (words[0] == "download" and name == SOURCES_ALONE):
            return 1
        option = "--dest" if words[0] == "download" else "--wheel-dir"
        folder = Path(words[words.index(option) + 1])
        (folder / f"{name.replace('-', '_')}-1-py3-none-any.whl").write_bytes(name.encode() * 3)
        return 0


def test_every_package_is_pinned_but_what_the_index_decides_and_torch_is_never_fetched(
    tmp_path: Path,
) -> None:
    pip = FakePip()
    manifest = packed(tmp_path, "3.12", PART_BYTES, PINS, pip)
    assert manifest.missing == ()
    assert len(manifest.wheels) == len(PACKAGES)
    assert {name for name in PACKAGES if name not in PINS} == set()
    assert not [words for words in pip.asked if words[-1].startswith(("torch", "nvidia"))]
    assert all("--no-deps" in words for words in pip.asked)


def test_a_wheel_is_asked_for_the_target_not_for_this_machine(tmp_path: Path) -> None:
    words = download_words("numpy==2.4.6", "3.12", tmp_path)
    assert words[0] == "download"
    assert words[-1] == "numpy==2.4.6"
    assert words[words.index("--python-version") + 1] == "3.12"
    assert {words[i + 1] for i, word in enumerate(words) if word == "--abi"} == {"cp312", "abi3", "none"}
    assert "--only-binary=:all:" in words


def test_sources_without_compiled_parts_are_built_here(tmp_path: Path) -> None:
    pip = FakePip()
    manifest = packed(tmp_path, "3.12", PART_BYTES, PINS, pip)
    assert "tensorrt_rtx-1-py3-none-any.whl" in [wheel.name for wheel in manifest.wheels]
    assert [words[0] for words in pip.asked if words[-1].startswith(f"{SOURCES_ALONE}==")] == [
        "download",
        "wheel",
    ]


def test_what_cannot_be_had_is_told_and_the_rest_is_packed(tmp_path: Path) -> None:
    manifest = packed(tmp_path, "3.12", PART_BYTES, PINS, FakePip(lacks="onnxruntime"))
    assert manifest.missing == ("onnxruntime",)
    assert len(manifest.wheels) == len(PACKAGES) - 1
    assert Manifest.of((tmp_path / MANIFEST).read_text()) == manifest


def test_no_file_is_larger_than_a_part_and_the_list_names_each(tmp_path: Path) -> None:
    packed(tmp_path, "3.12", 10, PINS, FakePip())
    files = [path for path in tmp_path.iterdir() if path.name not in (MANIFEST, FILES)]
    assert max(path.stat().st_size for path in files) <= 10
    listed = (tmp_path / FILES).read_text().split()
    assert sorted(listed) == sorted(path.name for path in tmp_path.iterdir())


def test_packing_again_leaves_nothing_of_before(tmp_path: Path) -> None:
    (tmp_path / "old-1-py3-none-any.whl.part01").write_bytes(b"old")
    packed(tmp_path, "3.12", PART_BYTES, PINS, FakePip())
    assert not list(tmp_path.glob("old*"))
