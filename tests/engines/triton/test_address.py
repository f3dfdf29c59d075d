import pytest

from fsrf_live.engines.common.names import ENGINE_NAMES
from fsrf_live.engines.triton.address import checked_engine, is_triton, triton_address
from fsrf_live.fsrf.common.errors import UsageError


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("triton://127.0.0.1:8000", "triton://127.0.0.1:8000/fsrf"),
        ("triton://localhost:8000/", "triton://localhost:8000/fsrf"),
        ("triton://[::1]:8000/other", "triton://[::1]:8000/other"),
        ("tritons://gpu.example.org:443/fsrf_tensorrt", "tritons://gpu.example.org:443/fsrf_tensorrt"),
    ],
)
def test_a_server_is_a_host_a_port_and_a_model(text: str, shown: str) -> None:
    assert is_triton(text)
    assert str(triton_address(text)) == shown
    assert checked_engine(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "triton://",
        "triton://127.0.0.1",
        "triton://127.0.0.1:http",
        "triton://127.0.0.1:99999",
        "triton://127.0.0.1:0",
        "triton://:8000",
        "triton://127.0.0.1:8000/a/b",
        "triton://127.0.0.1:8000/fsrf?version=2",
    ],
)
def test_what_is_no_address_is_refused_with_its_form(text: str) -> None:
    with pytest.raises(UsageError, match=r"give it as triton://HOST:PORT\[/MODEL\]"):
        checked_engine(text)


def test_over_a_network_it_takes_tls() -> None:
    with pytest.raises(UsageError, match=r"give tritons://10\.0\.0\.7:8000, or triton://127\.0\.0\.1:8000"):
        triton_address("triton://10.0.0.7:8000")


@pytest.mark.parametrize("rest", ["gpu.example.org:443", "gpu.example.org", "gpu.example.org:443/a/b"])
def test_a_secret_in_an_address_is_refused_and_not_repeated(rest: str) -> None:
    with pytest.raises(UsageError, match="others can read") as refusal:
        triton_address(f"tritons://me:hunter2@{rest}")
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("name", ENGINE_NAMES)
def test_names_stay_what_they_were(name: str) -> None:
    assert checked_engine(name) == name
    assert not is_triton(name)


@pytest.mark.parametrize("name", ["steam", "triton", "", "grpc://127.0.0.1:8001"])
def test_another_name_is_refused_with_what_there_is(name: str) -> None:
    with pytest.raises(UsageError, match="choose from auto, tensorrt, onnx, torch or triton://"):
        checked_engine(name)
