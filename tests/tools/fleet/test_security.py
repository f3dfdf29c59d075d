"""The example of a configuration keeps out who has no certificate, and lets listeners only listen."""

import subprocess
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import SourceError
from tests.conftest import REPOSITORY
from tests.doubles.hive import await_state, hive, owner_of
from tests.doubles.mosquitto import free_port
from tests.doubles.waiting import until


def openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def make_authority(folder: Path, name: str) -> None:
    subject, files = f"/CN={name}", ["-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem"]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *curve, "-days", "2", "-subj", subject, *files)


def make_certificate(folder: Path, name: str, authority: str) -> None:
    """Of a program that may be called localhost."""
    request, extensions = folder / f"{name}.csr", folder / "extensions.cnf"
    extensions.write_text("basicConstraints=CA:FALSE\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", *curve, "-subj", f"/CN={name}", "-keyout", f"{folder}/{name}.key", "-out", str(request))
    by = ["-CA", f"{folder}/{authority}.pem", "-CAkey", f"{folder}/{authority}.key", "-CAcreateserial"]
    what = ["-days", "2", "-extfile", str(extensions), "-in", str(request), "-out", f"{folder}/{name}.pem"]
    openssl("x509", "-req", *by, *what)


def configuration(folder: Path, name: str, port: int, certificate: str) -> Path:
    """The example, on this machine, with the certificates of this folder."""
    text = (REPOSITORY / "examples/fleet.json5").read_text(encoding="utf-8")
    for file in ("authority.pem", "worker.pem", "worker.key"):
        assert f'"{file}"' in text
        text = text.replace(f'"{file}"', f'"{folder / file.replace("worker", certificate)}"')
    text = (
        text.replace("tls/0.0.0.0:7447", "tls/127.0.0.1:PORT")
        .replace("7447", str(port))
        .replace("PORT", str(port))
    )
    path = folder / f"{name}.json5"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_authority(tmp_path, "authority")
    for name in ("worker", "listener"):
        make_certificate(tmp_path, name, "authority")
    make_authority(tmp_path, "others")
    make_certificate(tmp_path, "stranger", "others")
    return tmp_path


def test_workers_work_listeners_listen_and_strangers_stay_outside(folder: Path) -> None:
    port = free_port()
    files = {name: configuration(folder, name, port, name) for name in ("worker", "listener", "stranger")}
    with hive(config=files["worker"]) as fleet:
        fleet.begin("--zenoh-config", str(files["worker"]))
        client, hearer = fleet.client(), fleet.hearer(config=files["listener"])
        client.ask("add", "s", spec="{}")
        owner_of(client, "s")
        assert until(lambda: len(hearer.readings("s")) > 2)
        with pytest.raises(SourceError, match="no worker answers"):
            fleet.client(config=files["listener"]).ask("stop", "s")
        with pytest.raises(SourceError, match="no fleet answers"):
            fleet.client(config=files["stranger"])
        await_state(client, lambda _, streams: streams["s"]["state"] == "running")


def test_a_second_machine_joins_by_the_same_file(folder: Path) -> None:
    port = free_port()
    first = configuration(folder, "first", port, "worker")
    second = folder / "second.json5"
    second.write_text(first.read_text().replace(f"tls/127.0.0.1:{port}", f"tls/127.0.0.1:{free_port()}"))
    with hive(config=first) as fleet:
        fleet.begin("--zenoh-config", str(first))
        fleet.begin("--zenoh-config", str(second))
        await_state(fleet.client(), lambda workers, _: len(workers) == 2)


def test_a_configuration_that_cannot_be_read_is_refused_in_one_line(folder: Path) -> None:
    from fsrf_live.fsrf.common.errors import UsageError
    from fsrf_live.tools.fleet.bus import open_client_bus

    (folder / "odd.json5").write_text("{mode: 7}")
    for file in (folder / "odd.json5", folder / "none.json5"):
        with pytest.raises(UsageError, match=r"--zenoh-config .*; see examples/fleet.json5") as error:
            open_client_bus(None, str(file))
        assert "\n" not in str(error.value)
