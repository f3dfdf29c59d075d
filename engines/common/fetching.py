"""Models from the network, if somebody asks: pinned, resumed, checked, and whole or not at all."""

import http
import http.client
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from fsrf_live.engines.common.shelf import flaw_of, put_in_place
from fsrf_live.engines.common.stored import ModelFile, StoredModel
from fsrf_live.fsrf.common.errors import SourceError

WITHIN_S = 30.0
SPARE_BYTES = 50_000_000
_BLOCK = 1 << 18
_CUT = (http.client.HTTPException, ConnectionError, TimeoutError)
_AGAIN = "run it again, it goes on from there"


def fetch(model: StoredModel, root: Path, address: str, show: Callable[[int], None]) -> Path:
    """Bring a model into its folder below `root`, which it returns; `show` gets the bytes that are there.

    `address` is the folder with its files: the model's own or a mirror's.

    What has come before it is cut off is kept, and the next call goes on from there. A proxy is taken from
    the environment. Raises SourceError with what to do.
    """
    coming = root / f".{model.name}-{model.weights.sha256[:8]}"
    try:
        coming.mkdir(parents=True, exist_ok=True)
        done = 0
        for file in model.files:
            _bring(file, coming / file.name, f"{address}/{file.name}", partial(_later, show, done))
            done += file.bytes
        put_in_place(coming, root / model.name)
    except OSError as error:
        why = error.strerror or error
        raise SourceError(
            f"{model.kind} {model.name}: {root} cannot be written ({why}); free some space or set "
            "FSRF_CACHE_DIR"
        ) from error
    return root / model.name


def _later(show: Callable[[int], None], before: int, bytes_: int) -> None:
    show(before + bytes_)


def _bring(file: ModelFile, place: Path, address: str, show: Callable[[int], None]) -> None:
    """Bring one file; raises SourceError, and OSError if it cannot be written."""
    if place.exists() and flaw_of(file, [place]) is None:
        show(file.bytes)
        return
    part = place.with_name(f"{place.name}.part")
    have = part.stat().st_size if part.exists() else 0
    if have > file.bytes:
        have = 0
    _check_room(place.parent, file.bytes - have)
    if have < file.bytes:
        _download(file, part, address, have, show)
    flaw = flaw_of(file, [part])
    if flaw is not None:
        part.unlink()
        raise SourceError(
            f"{address}: what came is not the pinned file ({flaw}); nothing of it was kept, try again later"
        )
    part.rename(place)


def _download(file: ModelFile, part: Path, address: str, have: int, show: Callable[[int], None]) -> None:
    try:
        request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {})
        with urllib.request.build_opener().open(request, timeout=WITHIN_S) as answer:
            resumes = answer.status == http.HTTPStatus.PARTIAL_CONTENT
            with part.open("ab" if resumes else "wb") as kept:
                _keep(answer, kept, have if resumes else 0, file.bytes, show)
    except urllib.error.HTTPError as error:
        raise SourceError(
            f"{address}: its host answers {error.code} {error.reason}; try again later"
        ) from error
    except urllib.error.URLError as error:
        host = urlsplit(address).hostname
        raise SourceError(
            f"{host} cannot be reached ({error.reason}); a model can only be fetched with a network, "
            "and HTTPS_PROXY names a proxy"
        ) from error
    except (ValueError, http.client.InvalidURL) as error:  # a host without a label is a UnicodeError
        raise SourceError(f"{address} is no address ({error}); HF_ENDPOINT may be wrong") from error
    except _CUT as error:
        raise SourceError(f"{address}: cut off ({error or type(error).__name__}); {_AGAIN}") from error
    if part.stat().st_size < file.bytes:
        raise SourceError(f"{address}: cut off after {part.stat().st_size} of {file.bytes} bytes; {_AGAIN}")


def _keep(
    answer: http.client.HTTPResponse, kept: IO[bytes], have: int, most: int, show: Callable[[int], None]
) -> None:
    """Write what comes, and one byte at most beyond what is expected."""
    while have <= most and (block := _read(answer, min(_BLOCK, most + 1 - have))):
        kept.write(block)
        have += len(block)
        show(min(have, most))


def _read(answer: http.client.HTTPResponse, most: int) -> bytes:
    try:
        return answer.read(most)
    except OSError as error:  # as "network is unreachable": told apart from a file that cannot be written
        raise ConnectionError(str(error)) from error


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE_BYTES:
        raise OSError(0, f"{needed // 1_000_000} MB are needed and {free // 1_000_000} MB are free")
