"""What can be chosen by name."""

from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.flow.plugins import find_plugin, load_plugin

BUILT_IN = {"ours": "json:dumps"}
DECLARED = """\
[fsrf_live.sinks]
theirs = json:loads
ours = json:loads
gone = no_such_module:thing
empty = json:no_such_thing
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that adds four sinks, one of them under a name that is taken."""
    info = tmp_path / "theirs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(DECLARED)
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("package")
def test_what_a_package_adds_is_found_beside_what_is_built_in() -> None:
    assert load_plugin("fsrf_live.sinks", "theirs", BUILT_IN)("[1]") == [1]
    assert load_plugin("fsrf_live.sinks", "ours", BUILT_IN)([1]) == "[1]"


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("name", "place"), [("gone", "no_such_module:thing"), ("empty", "json:no_such_thing")]
)
def test_what_cannot_be_imported_is_found_but_not_loaded(name: str, place: str) -> None:
    assert find_plugin("fsrf_live.sinks", name, {}) == place
    with pytest.raises(UsageError, match=f"^{name} of .* cannot be loaded .*: install it again$"):
        load_plugin("fsrf_live.sinks", name, {})


@pytest.mark.usefixtures("package")
def test_a_name_that_there_is_not_comes_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match="called 'pigeon': there is empty, gone, ours, theirs"):
        find_plugin("fsrf_live.sinks", "pigeon", BUILT_IN)


def test_where_nobody_adds_anything_that_is_said() -> None:
    with pytest.raises(UsageError, match="none of the sources is called 'pigeon': no package adds any"):
        find_plugin("fsrf_live.sources", "pigeon", {})
