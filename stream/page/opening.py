"""The door to the page: its libraries come with an extra, and are loaded only if it is wanted."""

from typing import TYPE_CHECKING

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.sinks.library import library_of

if TYPE_CHECKING:
    from fsrf_live.stream.page.server import PageServer

PAGE_PORT = 8770
NEEDS = ("starlette", "uvicorn", "websockets")


def open_page(port: int) -> "PageServer":
    """The page on this port of 127.0.0.1; raises UsageError without its libraries, or if that is taken."""
    for module in NEEDS:
        library_of("page", module)
    from fsrf_live.stream.page.server import PageServer

    try:
        return PageServer(port)
    except OSError as error:
        raise UsageError(
            f"--page {port}: {error.strerror}; give another port, as --page {port + 1}"
        ) from error
