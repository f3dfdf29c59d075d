"""Batches of short clips: makes them, and prints what the laws of a batch ask for.

python -m benchmarks.batch [ROWS] [--parts one dask shards]

Every hundredth clip is broken. Results and reasons, the bytes by one and two processes, 2 and 7 shards and
Dask; rows a second of each; seconds to the first result; how much the workers' memory grew; a second call.
"""

import argparse
import contextlib
import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

PARTS = ("one", "dask", "shards")
BROKEN_EACH = 100
SECONDS = 1.5
RATE_HZ = 16_000
LOOK_S = 0.05
ROUNDS = 3


def write_clips(folder: Path, rows: int) -> Path:
    """Sounds like vowels with pauses, each another; every hundredth is cut off. Gives the manifest."""
    random = np.random.default_rng(0)
    time_s = np.arange(int(SECONDS * RATE_HZ)) / RATE_HZ
    for number in range(1, rows + 1):
        pitch_hz = random.uniform(90, 250)
        voice = sum(np.sin(2 * np.pi * pitch_hz * k * time_s) / k for k in range(1, 20))
        spoken = voice * (np.sin(2 * np.pi * 0.7 * time_s) > -0.3) * 6000
        path = folder / f"clip{number}.wav"
        with wave.open(str(path), "wb") as sound:
            sound.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
            sound.writeframes(np.asarray(spoken, np.int16).tobytes())
        if number % BROKEN_EACH == 0:
            path.write_bytes(b"RIFF")
    manifest = folder / "many.csv"
    manifest.write_text("media\n" + "".join(f"clip{number}.wav\n" for number in range(1, rows + 1)))
    return manifest


class Batch:
    """One call of the command, run to its end."""

    def __init__(self, manifest: Path, folder: Path, words: Sequence[str]) -> None:
        began_s = time.perf_counter()
        self.first_s = float("nan")
        self._memory: list[tuple[int, float]] = []
        command = _command(manifest, folder, words)
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            while process.poll() is None:
                done = len(results(folder))
                if done and np.isnan(self.first_s):
                    self.first_s = time.perf_counter() - began_s
                self._memory.append((done, _workers_mb(process.pid)))
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(LOOK_S if np.isnan(self.first_s) else 20 * LOOK_S)
            assert process.stderr is not None
            self.said = process.stderr.read().strip().splitlines()[-1]
        self.took_s = time.perf_counter() - began_s

    def growth_mb(self, rows: int) -> float:
        """How much more the workers had in the last tenth of the rows than in the second tenth."""
        early = [mb for done, mb in self._memory if rows * 0.1 <= done < rows * 0.2]
        late = [mb for done, mb in self._memory if rows * 0.9 <= done]
        return float(np.median(late) - np.median(early)) if early and late else float("nan")


class Measurement:
    """Calls for one manifest, each printed as it ends."""

    def __init__(self, root: Path, rows: int) -> None:
        self._root, self._rows = root, rows
        self._manifest = write_clips(root, rows)

    def batch(self, name: str, *words: str) -> Batch:
        """Call the command with a folder of that name, and print what came of it."""
        folder = self._root / name
        batch = Batch(self._manifest, folder, words)
        pace = f"{batch.took_s:.1f} s, first result after {batch.first_s:.2f} s"
        print(f"{' '.join(words)} in {name}: {pace}; load {os.getloadavg()[0]:.1f}")
        grown = f"memory {batch.growth_mb(self._rows):+.1f} MB"
        print(f"    {batch.said.split(':')[0]}; bytes {_digest(folder)}; {grown}", flush=True)
        return batch

    def pairs(self, first: Sequence[str], second: Sequence[str]) -> float:
        """The median, over alternating calls, of how many times longer the first takes than the second."""
        ratios = [self._seconds(first) / self._seconds(second) for _ in range(ROUNDS)]
        print(f"    {', '.join(f'{ratio:.2f}' for ratio in ratios)}; load {os.getloadavg()[0]:.1f}")
        return statistics.median(ratios)

    def _seconds(self, words: Sequence[str]) -> float:
        with tempfile.TemporaryDirectory(dir=self._root) as folder:
            began_s = time.perf_counter()
            subprocess.run(_command(self._manifest, Path(folder), words), check=True, stderr=subprocess.PIPE)
            return time.perf_counter() - began_s

    def shards(self, number: int) -> None:
        """Do it in so many parts, one after the other."""
        for part in range(1, number + 1):
            self.batch(f"shards{number}", "--shard", f"{part}/{number}")


def results(folder: Path) -> list[Path]:
    """Those that are there."""
    return sorted((folder / "results").glob("*.jsonl"))


@contextlib.contextmanager
def dask(workers: int) -> Iterator[str]:
    """The address of a scheduler with so many workers."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0") as cluster:
        yield str(cluster.scheduler_address)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=1000)
    parser.add_argument(
        "--parts", nargs="*", choices=PARTS, default=PARTS, help="besides two processes, twice"
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        measured = Measurement(Path(root), args.rows)
        measured.batch("two", "--workers", "2")
        measured.batch("two", "--workers", "2")
        if "one" in args.parts:
            times = measured.pairs(("--workers", "1"), ("--workers", "2"))
            print(f"two processes are {times:.2f} times as fast as one", flush=True)
        if "dask" in args.parts:
            with dask(2) as address:
                measured.batch("dask", "--dask", address)
                times = measured.pairs(("--dask", address), ("--workers", "2"))
            print(f"Dask, engine loaded: {times - 1:+.1%} against two processes", flush=True)
        for number in (2, 7) if "shards" in args.parts else ():
            measured.shards(number)


def _command(manifest: Path, folder: Path, words: Sequence[str]) -> list[str]:
    options = ["--manifest", str(manifest), "--out", str(folder), "--engine", "onnx", *words]
    return [sys.executable, "-m", "fsrf_live.tools.main", "analyze", *options]


def _digest(folder: Path) -> str:
    """Of all results and their names."""
    content = b"".join(path.name.encode() + path.read_bytes() for path in results(folder))
    return hashlib.sha256(content).hexdigest()[:12]


def _workers_mb(pid: int) -> float:
    """Private memory of the processes that a process began."""
    total_kb = 0
    try:
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            for line in Path(f"/proc/{child}/smaps_rollup").read_text().splitlines():
                total_kb += int(line.split()[1]) if line.startswith("Private_Dirty:") else 0
    except OSError:  # one of them has just ended
        return total_kb / 1000
    return total_kb / 1000


if __name__ == "__main__":
    main()
