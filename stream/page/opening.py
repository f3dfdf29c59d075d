"""The door to the page: its libraries come with an extra, and are loaded only if it is wanted."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.sinks.library import library_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from fsrf_live.stream.page.browser.device import LentRole
    from fsrf_live.stream.page.server import PageServer

PAGE_PORT = 8770
_S = TypeVar("_S")
NEEDS = ("starlette", "uvicorn", "websockets")


def open_page(port: int, asks: "Collection[LentRole]" = ()) -> "PageServer":
    """The page on this port of 127.0.0.1; raises UsageError without its libraries, or if that is taken.

    `asks` are the devices that browsers are asked for.
    """
    need_libraries()
    from fsrf_live.stream.page.server import PageServer

    return listen_on("--page", port, partial(PageServer, asks=asks))


def need_libraries() -> None:
    """Raise UsageError with the name of the extra if a library that serves browsers is missing."""
    for module in NEEDS:
        library_of("page", module)


def listen_on(option: str, port: int, open_server: Callable[[int], _S]) -> _S:
    """A server on the port that an option asks for; raises UsageError if it cannot be had."""
    try:
        return open_server(port)
    except OSError as error:
        raise UsageError(
            f"{option} {port}: {error.strerror}; give another port, as {option} {port + 1}"
        ) from error
