"""What other packages add."""

from importlib.metadata import EntryPoint

import pytest

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.flow import plugins as module
from fsrf_live.stream.flow.plugins import find_plugin, load_plugin


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[EntryPoint]:
    """What is installed of any group; it may be added to."""
    found: list[EntryPoint] = []
    monkeypatch.setattr(module, "entry_points", lambda group: [e for e in found if e.group == group])
    return found


def entry(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, "fsrf_live.sinks")


def test_an_entry_point_is_found_by_its_group_and_name_and_loaded_when_it_is_asked_for(
    installed: list[EntryPoint],
) -> None:
    installed += [entry("pi", "math:pi"), entry("broken", "no_such_module:x")]
    assert find_plugin("fsrf_live.sinks", "broken", {}).value == "no_such_module:x"
    with pytest.raises(UsageError, match="none of the sources is called 'pi'"):
        find_plugin("fsrf_live.sources", "pi", {})
    assert load_plugin("fsrf_live.sinks", "pi", {}) == pytest.approx(3.14, abs=0.01)


def test_one_that_is_missing_says_what_there_is(installed: list[EntryPoint]) -> None:
    with pytest.raises(UsageError, match=r"none of the sinks is called 'mqtt': no package adds any"):
        load_plugin("fsrf_live.sinks", "mqtt", {})
    installed += [entry("pi", "math:pi")]
    with pytest.raises(UsageError, match="there is pi"):
        load_plugin("fsrf_live.sinks", "mqtt", {})


@pytest.mark.parametrize("value", ["no_such_module:x", "math:no_such_name"])
def test_one_that_cannot_be_loaded_says_so_in_one_line(value: str, installed: list[EntryPoint]) -> None:
    installed += [entry("broken", value)]
    with pytest.raises(UsageError, match=r"broken of .* cannot be loaded \(.*\): install it again"):
        load_plugin("fsrf_live.sinks", "broken", {})


def test_what_is_built_in_is_not_taken_over_by_a_package(installed: list[EntryPoint]) -> None:
    installed += [entry("tau", "math:pi")]
    assert load_plugin("fsrf_live.sinks", "tau", {"tau": "math:tau"}) == pytest.approx(6.28, abs=0.01)
