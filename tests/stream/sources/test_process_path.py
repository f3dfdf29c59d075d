"""A worker's imports do not depend on the folder that it is started in."""

import subprocess
from pathlib import Path

from fsrf_live.stream.flow.threads import module_command


def test_files_in_the_users_folder_are_not_taken_for_modules(tmp_path: Path) -> None:
    (tmp_path / "stream").mkdir()
    for name in ("stream/__init__.py", "queue.py", "select.py", "json.py", "struct.py"):
        (tmp_path / name).write_text(f"raise SystemExit('{name} of the user')", encoding="utf-8")
    ran = subprocess.run(
        module_command("fsrf_live.tools.main"),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert b"of the user" not in ran.stderr
    assert ran.returncode == 0
    assert ran.stdout.startswith(b"usage: fsrf")
