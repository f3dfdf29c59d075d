from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.gpu.manifest import (
    FILES,
    MANIFEST,
    Manifest,
    Part,
    Wheel,
    files_to_carry,
    join,
    sha256_of,
    split,
)

names = st.text("abc-_.", min_size=1, max_size=8)
parts = st.builds(Part, names, st.integers(0, 10**9), st.text("0123456789abcdef", min_size=64, max_size=64))
wheels = st.builds(Wheel, names, st.integers(0, 10**9), names, st.lists(parts, min_size=1).map(tuple))
manifests = st.builds(Manifest, st.just("3.12"), st.lists(wheels).map(tuple), st.lists(names).map(tuple))


@given(st.binary(max_size=400), st.integers(1, 500))
def test_what_was_cut_is_the_same_again(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, largest: int
) -> None:
    folder = tmp_path_factory.mktemp("kit")
    (folder / "a.whl").write_bytes(data)
    wheel = split(folder / "a.whl", largest)
    assert all((folder / part.name).stat().st_size <= largest for part in wheel.parts)
    assert sorted(path.name for path in folder.iterdir()) == sorted(part.name for part in wheel.parts)
    assert join(folder, wheel, folder / "wheels") is None
    assert (folder / "wheels" / "a.whl").read_bytes() == data


@given(manifests)
def test_a_manifest_comes_back_from_its_file(manifest: Manifest) -> None:
    assert Manifest.of(manifest.to_json()) == manifest


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"python": "3.12", "wheels": [{}], "missing": []}'])
def test_what_is_no_manifest_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of json's own kind too
        Manifest.of(text)


def test_a_part_that_is_missing_or_damaged_is_named_and_nothing_is_joined(tmp_path: Path) -> None:
    (tmp_path / "a.whl").write_bytes(b"0123456789")
    wheel = split(tmp_path / "a.whl", 4)
    assert [part.name for part in wheel.parts] == ["a.whl.part01", "a.whl.part02", "a.whl.part03"]
    (tmp_path / "a.whl.part02").write_bytes(b"wxyz")
    assert join(tmp_path, wheel, tmp_path / "wheels") == "a.whl.part02 is not what was packed"
    (tmp_path / "a.whl.part02").unlink()
    assert join(tmp_path, wheel, tmp_path / "wheels") == "a.whl.part02 is not here"
    assert not (tmp_path / "wheels" / "a.whl").exists()


def test_parts_in_a_wrong_order_are_not_the_wheel(tmp_path: Path) -> None:
    (tmp_path / "a.whl").write_bytes(b"0123456789")
    wheel = split(tmp_path / "a.whl", 5)
    turned = Wheel(wheel.name, wheel.bytes, wheel.sha256, wheel.parts[::-1])
    assert join(tmp_path, turned, tmp_path / "wheels") == "a.whl is not what was packed"
    assert not (tmp_path / "wheels" / "a.whl").exists()


def test_what_is_to_be_carried_begins_with_the_lists(tmp_path: Path) -> None:
    for name, size in (("big.whl", 9), ("small.whl", 2)):
        (tmp_path / name).write_bytes(b"x" * size)
    manifest = Manifest("3.12", tuple(split(tmp_path / name, 5) for name in ("big.whl", "small.whl")))
    assert files_to_carry(manifest) == [MANIFEST, FILES, "small.whl", "big.whl.part02", "big.whl.part01"]
    assert manifest.wheels[1].sha256 == sha256_of(tmp_path / "small.whl")
