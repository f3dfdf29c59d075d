"""What a sink stands on may be missing."""

import sys

import pytest

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.flow.sinks import open_sink


@pytest.mark.parametrize(
    ("spec", "module", "extra"),
    [
        ("lsl", "pylsl", "lsl"),
        ("osc://host:1", "pythonosc", "osc"),
        ("mqtt://127.0.0.1", "paho", "mqtt"),
        ("ws:8765", "websockets", "ws"),
        ("parquet:talk", "pyarrow", "parquet"),
        ("metrics:9464", "prometheus_client", "metrics"),
        ("otlp://127.0.0.1", "opentelemetry", "otlp"),
    ],
)
def test_a_library_that_is_missing_is_named_with_its_extra(
    spec: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [module, *(known for known in sys.modules if known.startswith(f"{module}."))]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match=rf"{extra} needs {module} .*: pip install 'fsrf-live\[{extra}\]'"):
        open_sink(spec)
