"""The door to the page."""

import contextlib

import pytest

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.page.guard.place import place_of
from fsrf_live.stream.page.opening import open_page
from tests.doubles.mosquitto import free_port


def test_a_port_in_use_is_refused_in_one_line_with_another_one() -> None:
    port = free_port()
    place = place_of(str(port), None, None)
    with contextlib.closing(open_page(place)) as page:
        assert page.address.startswith(f"http://127.0.0.1:{port}/?token=")
        with pytest.raises(
            UsageError, match=rf"--page {port}: .*in use.*; give another port, as --page {port + 1}"
        ):
            open_page(place)


def test_without_its_libraries_it_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsrf_live.stream.page.opening.NEEDS", ("no_such_library",))
    with pytest.raises(UsageError, match=r"page needs no_such_library .*: pip install 'fsrf-live\[page\]'"):
        open_page(place_of(str(free_port()), None, None))
