"""The command as a process of its own: signals, pipes, and what it must not import."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from fsrf_live.stream.sources.decoding import probe
from tests.conftest import REPOSITORY
from tests.doubles.browser import ALLOWED, FAKE_DEVICES, chromium, files_as_devices
from tests.doubles.mosquitto import free_port
from tests.doubles.page import cookie_of, viewer_of
from tests.doubles.waiting import until

HEAVY = (
    "asyncio",
    "multiprocessing",
    "uvicorn",
    "zenoh",
    "numpy",
    "torch",
    "cv2",
    "av",
    "ai_edge_litert",
    "onnxruntime",
    "pyaudio",
    "rich",
    "sentence_transformers",
)
DEMO = REPOSITORY / "demo" / "demo.mp4"
FAKES = ("--camera", "fake", "--mic", "none", "--text", "none")


@contextlib.contextmanager
def fsrf(*words: str) -> Iterator["subprocess.Popen[str]"]:
    """``fsrf WORDS`` as a process that is gone, whatever happens, when the block is left."""
    process = subprocess.Popen(
        [sys.executable, "-m", "fsrf_live.tools.main", *words],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def python(code: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("words", "closed", "code", "says"),
    [
        ("--version", ">&-", 0, ""),
        ("--version", "2>&-", 0, "fsrf 0."),
        ("replay gone", ">&-", 4, "fsrf: gone is no recording"),
        ("replay gone", "2>&-", 4, ""),
    ],
)
def test_a_closed_standard_stream_is_no_error(words: str, closed: str, code: int, says: str) -> None:
    ran = subprocess.run(
        ["sh", "-c", f"exec {sys.executable} -m fsrf_live.tools.main {words} {closed}"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == code
    assert (ran.stdout + ran.stderr).startswith(says)
    assert len((ran.stdout + ran.stderr).splitlines()) == bool(says)


def test_with_all_standard_streams_closed_no_file_takes_the_place_of_one() -> None:
    code = (
        "import os; from fsrf_live.tools.main import _fill_closed; "
        "_fill_closed(); os._exit(os.open('/', os.O_RDONLY))"
    )
    ran = subprocess.run(
        ["sh", "-c", f'exec {sys.executable} -c "{code}" <&- >&- 2>&-'],
        cwd=REPOSITORY,
        timeout=60,
        check=False,
    )
    assert ran.returncode > 2


def test_threads_left_in_native_code_do_not_abort_the_process() -> None:
    ran = python(
        "import atexit, sys, threading, time\n"
        "from fsrf_live.tools.shell.leaving import Leaving\n"
        "leaving = Leaving()\n"
        "atexit.register(print, 'cleaned up')\n"
        "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
        "print('said', end=' ')\n"
        "leaving.code = 7\n"
        "class Late:\n"
        "    def __del__(self): print('unwound', file=sys.stderr)\n"
        "late = Late()\n"
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (7, "said cleaned up\n", "")


@pytest.mark.parametrize(
    "words", [["--help"], ["live", "--help"], ["--version"], ["live", "--camera", "none", "--mic"]]
)
def test_reading_the_command_line_imports_nothing_heavy(words: list[str]) -> None:
    ran = python(
        f"import sys\nfrom fsrf_live.tools.main import main\nmain({words!r})\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    assert ran.stderr.splitlines()[-1] == "[]"


def test_ctrl_c_in_a_session_is_one_line_and_still_gives_the_summary(torch_engine: Sequence[str]) -> None:
    with fsrf("live", *FAKES, *torch_engine) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert '"type":"event"' in first
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (130, "fsrf: interrupted\n")
        assert '"type":"summary"' in out.splitlines()[-1]


def test_the_page_of_a_session_tells_it_to_a_browser_until_it_ends(torch_engine: Sequence[str]) -> None:
    with fsrf("live", *FAKES, *torch_engine, "--page", str(free_port())) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = process.stderr.readline()
        assert said.startswith("fsrf: the page is at http://127.0.0.1:")
        assert said.endswith(" (works once); Ctrl-C ends the session\n")
        with viewer_of(address := said.split()[5], cookie_of(address)) as viewer:
            viewer.send('{"id":1,"act":"mark","name":"stimulus 3"}')
            told: set[str] = set()
            while not told >= {"hello", "past", "status", "answer", "marker"}:
                told.add(json.loads(viewer.recv(60))["type"])
            process.send_signal(signal.SIGINT)
            kinds = [json.loads(message)["type"] for message in viewer]
            assert "summary" in kinds
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (130, "fsrf: interrupted\n")
    records = [json.loads(line) for line in out.splitlines()]
    assert [(r["name"], r["source"]) for r in records if r["type"] == "marker"] == [("stimulus 3", "page")]


def test_the_devices_of_a_browser_are_read(torch_engine: Sequence[str], tmp_path: Path) -> None:
    devices = ("--camera", "browser", "--mic", "browser", "--text", "none")
    flags = (*FAKE_DEVICES, *ALLOWED, *files_as_devices(DEMO, tmp_path))
    with (
        chromium(*flags) as browser,
        fsrf("live", *devices, *torch_engine, "--page", str(free_port())) as process,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        tab = browser.new_page()
        tab.goto(process.stderr.readline().split()[5])
        for role in ("camera", "mic"):
            tab.click(f"[data-lend={role}] button")
        records: list[dict[str, Any]] = []
        reader = threading.Thread(target=lambda: records.extend(map(json.loads, process.stdout or ())))
        reader.start()

        def read() -> bool:
            """Whether a reading has a face and a voice; lets the browser's driver work meanwhile."""
            tab.wait_for_timeout(100)
            states = [{m: part["state"] for m, part in r.get("modalities", {}).items()} for r in records]
            there = {"present", "partial"}
            return any(state and {state["video"], state["audio"]} <= there for state in states)

        assert until(read, timeout_s=200)
        process.send_signal(signal.SIGINT)
        reader.join(60)
    assert records[-1]["type"] == "summary"


def test_killed_while_it_records_media_what_is_left_is_analysed(
    torch_engine: Sequence[str], tmp_path: Path
) -> None:
    media = tmp_path / "recording" / "media.mkv"
    options = ("--record", str(media.parent), "--record-media")
    with fsrf("live", "--camera", "fake", "--mic", "fake", "--text", "none", *options, *torch_engine) as live:
        assert until(lambda: media.exists() and media.stat().st_size > 300_000, timeout_s=120)
        live.kill()
    with fsrf("analyze", str(media), *torch_engine) as process:
        out, err = process.communicate(timeout=300)
    assert process.returncode == 0
    assert [line.split(" its ")[1].split()[0] for line in err.splitlines() if "never closed" in line] == [
        "video",
        "audio",
    ]
    summary = json.loads(out.splitlines()[-1])
    assert summary["type"] == "summary"
    assert summary["duration_s"] > 0.5


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ((signal.SIGTERM,), 143),
        ((signal.SIGHUP,), 129),
        ((signal.SIGTERM, signal.SIGTERM), 143),
        ((signal.SIGINT, signal.SIGTERM), 130),
    ],
)
def test_being_told_to_end_it_sums_up_and_closes_its_recording(
    torch_engine: Sequence[str], tmp_path: Path, numbers: Sequence[signal.Signals], code: int
) -> None:
    folder = tmp_path / "recording"
    with fsrf("live", *FAKES, *torch_engine, "--record", str(folder), "--record-media") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        assert until(lambda: (folder / "media.mkv").exists() and (folder / "steps-000000.npz").exists())
        for number in numbers:
            process.send_signal(number)
            assert not until(lambda: process.poll() is not None, 0.05)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (code, "fsrf: interrupted\n" if code == 130 else "")
    lines += out.splitlines(keepends=True)
    assert '"type":"summary"' in lines[-1]
    assert (folder / "records.jsonl").read_text() == "".join(lines)
    assert probe(folder / "media.mkv").duration_s is not None, "its index is written"


def test_a_hang_up_that_is_to_be_ignored_is(torch_engine: Sequence[str]) -> None:
    words = [sys.executable, "-m", "fsrf_live.tools.main", "live", *FAKES, *torch_engine, "--duration", "1"]
    with subprocess.Popen(["nohup", *words], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert '"type":"summary"' in out.splitlines()[-1]


def test_a_reader_that_goes_away_ends_it_quietly(torch_engine: Sequence[str]) -> None:
    with fsrf("live", *FAKES, *torch_engine) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        process.wait(timeout=60)
        assert process.stderr is not None
        assert (process.returncode, process.stderr.read()) == (0, "")
        process.stderr.close()


def test_a_full_disk_under_standard_output_is_one_line() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "fsrf_live.tools.main", "--version"],
            cwd=REPOSITORY,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert ran.returncode == 1
    (line,) = ran.stderr.splitlines()
    assert line.startswith("fsrf: ")
    assert line.endswith("No space left on device")


def test_what_libraries_write_to_descriptor_2_stays_away() -> None:
    ran = python(
        "import os, sys\nfrom fsrf_live.tools.shell.quiet import native_silence\n"
        "with native_silence(debug=False, restore=False):\n"
        "    os.write(2, b'ALSA lib pcm.c: chatter\\n')\n"
        "    os.system('echo a child too >&2')\n"
        "    print('ours', file=sys.stderr)\n"
        "os.write(2, b'chatter at exit\\n')"
    )
    assert (ran.returncode, ran.stderr) == (0, "ours\n")


def test_debug_lets_everything_through() -> None:
    ran = python(
        "import os\nfrom fsrf_live.tools.shell.quiet import native_silence\n"
        "with native_silence(debug=True, restore=False):\n    os.write(2, b'chatter\\n')"
    )
    assert ran.stderr == "chatter\n"


def test_an_exception_of_ours_is_not_lost() -> None:
    ran = python(
        "from fsrf_live.tools.shell.quiet import native_silence\n"
        "with native_silence(debug=False, restore=False):\n    raise RuntimeError('ours')"
    )
    assert ran.stderr.splitlines()[-1] == "RuntimeError: ours"


def test_an_exception_in_a_thread_is_not_lost() -> None:
    ran = python(
        "import threading\nfrom fsrf_live.tools.shell.quiet import native_silence\n"
        "with native_silence(debug=False, restore=False):\n"
        "    thread = threading.Thread(target=lambda: 1 / 0)\n    thread.start()\n    thread.join()"
    )
    assert ran.stderr.splitlines()[-1] == "ZeroDivisionError: division by zero"


def test_a_native_crash_says_where() -> None:
    ran = python(
        "import os\nfrom fsrf_live.tools.shell.quiet import native_silence\n"
        "with native_silence(debug=False, restore=False):\n    os.abort()"
    )
    assert ran.returncode == -signal.SIGABRT
    assert ran.stderr.startswith("Fatal Python error: Aborted")


def test_descriptor_2_is_put_back_where_the_process_goes_on() -> None:
    ran = python(
        "import os, sys\nfrom fsrf_live.tools.shell.quiet import native_silence\n"
        "with native_silence(debug=False, restore=True):\n    os.write(2, b'chatter\\n')\n"
        "os.write(2, b'back\\n')\nprint('and python', file=sys.stderr)"
    )
    assert ran.stderr == "back\nand python\n"


def test_the_user_can_ask_a_library_to_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENCV_LOG_LEVEL", "DEBUG")
    ran = python(
        "import os\nfrom fsrf_live.tools.shell.quiet import native_silence\n"
        "with native_silence(debug=False, restore=False):\n"
        "    print(*map(os.environ.get, ['OPENCV_LOG_LEVEL', 'GLOG_minloglevel', 'HF_HUB_OFFLINE']))"
    )
    assert ran.stdout == "DEBUG 3 1\n"


@pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")
def test_set_up_without_apt_says_what_to_install(tmp_path: Path) -> None:
    ran = subprocess.run(
        ["/bin/sh", str(REPOSITORY / "tools" / "setup_system.sh"), "test"],
        env={"PATH": str(tmp_path), "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 1
    (line,) = (line for line in ran.stderr.splitlines() if line.startswith("setup:"))
    for package in ("gcc", "portaudio19-dev", "pulseaudio", "espeak-ng"):
        assert package in line
