import zipfile
from pathlib import Path

from benchmarks.gpu.unpack import main


def wheel(folder: Path, name: str, files: dict[str, str]) -> str:
    with zipfile.ZipFile(folder / name, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return str(folder / name)


def test_packages_and_their_metadata_lie_where_they_are_found(tmp_path: Path) -> None:
    files = {
        "a/__init__.py": "one = 1",
        "a-1.dist-info/METADATA": "Name: a",
        "a-1.data/purelib/b.py": "two = 2",
        "a-1.data/scripts/a": "#!/bin/sh",
    }
    assert main([str(tmp_path / "site"), wheel(tmp_path, "a-1-py3-none-any.whl", files)]) == 0
    found = sorted(
        str(p.relative_to(tmp_path / "site")) for p in (tmp_path / "site").rglob("*") if p.is_file()
    )
    assert found == ["a-1.dist-info/METADATA", "a/__init__.py", "b.py"]


def test_a_damaged_wheel_keeps_no_other_out(tmp_path: Path) -> None:
    (tmp_path / "bad.whl").write_bytes(b"no archive")
    good = wheel(tmp_path, "good.whl", {"c.py": "three = 3" * 100})
    assert main([str(tmp_path / "site"), str(tmp_path / "bad.whl"), good]) == 1
    assert (tmp_path / "site" / "c.py").exists()


def test_nothing_is_written_outside_the_folder(tmp_path: Path) -> None:
    files = {"../outside.py": "no", "a-1.data/purelib/../../up.py": "no"}
    main([str(tmp_path / "deep" / "site"), wheel(tmp_path, "evil.whl", files)])
    assert {p.name for p in tmp_path.iterdir()} == {"deep", "evil.whl"}
    assert {p.name for p in (tmp_path / "deep").iterdir()} == {"site"}
