"""The door to the page: its libraries come with an extra, and are loaded only if it is wanted."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from fsrf_live.fsrf.common.address import THIS_MACHINE, Address
from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.sinks.library import library_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from fsrf_live.stream.page.browser.device import LentRole
    from fsrf_live.stream.page.guard.place import PagePlace
    from fsrf_live.stream.page.server import PageServer

PAGE_PORT = 8770
_S = TypeVar("_S")
NEEDS = ("starlette", "uvicorn", "websockets")


def open_page(place: "PagePlace", asks: "Collection[LentRole]" = ()) -> "PageServer":
    """The page at this place; raises UsageError without its libraries, or if that cannot be had.

    `asks` are the devices that browsers are asked for.
    """
    need_libraries()
    from fsrf_live.stream.page.server import PageServer

    return listen_on("--page", place.address, lambda: PageServer(place, asks))


def need_libraries() -> None:
    """Raise UsageError with the name of the extra if a library that serves browsers is missing."""
    for module in NEEDS:
        library_of("page", module)


def listen_on(option: str, address: Address, open_server: Callable[[], _S]) -> _S:
    """A server at the address that an option asks for; raises UsageError if it cannot be had."""
    try:
        return open_server()
    except OSError as error:
        usual = address.host == THIS_MACHINE
        shown = str(address.port) if usual else str(address)
        another = str(address.port + 1) if usual else str(Address(address.host, address.port + 1))
        raise UsageError(
            f"{option} {shown}: {error.strerror}; give another port, as {option} {another}"
        ) from error
