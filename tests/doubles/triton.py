"""A Triton server in this process: the v2 protocol over HTTP with its binary tensors, ONNX Runtime behind it.

It reads a model repository as Triton does: ``config.pbtxt`` by Triton's own description of it, the newest
version, and the very ONNX file that lies there. What goes wrong with servers is asked for by `Manners`.
"""

import importlib.util
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np
from google.protobuf import json_format, text_format

from fsrf_live.engines.common.arrays import OUTPUT_NAMES
from fsrf_live.engines.common.cache import PlanCache
from fsrf_live.engines.network.onnx_engine import open_session, run_session

KINDS = {"TYPE_FP32": "FP32", "TYPE_BOOL": "BOOL"}
DTYPES = {"FP32": np.dtype(np.float32), "BOOL": np.dtype(np.bool_)}
_HEADER = "Inference-Header-Content-Length"

Fault = Literal["none", "silent", "garbage", "refusing", "infinite", "short"]


@dataclass
class Manners:
    """How the server behaves, at once: `silent` never answers an inference, `garbage` answers no JSON."""

    fault: Fault = "none"
    token: str | None = None
    batches: list[int] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)


def model_configuration(text: str) -> Any:
    """A ``config.pbtxt``, checked by Triton's own protobuf, which comes with tritonclient."""
    parsed = _model_config_pb2().ModelConfig()
    return text_format.Parse(text, parsed)


def _model_config_pb2() -> ModuleType:
    """Without its package, which imports gRPC."""
    package = importlib.util.find_spec("tritonclient")
    assert package is not None
    assert package.submodule_search_locations is not None
    path = Path(package.submodule_search_locations[0]) / "grpc" / "model_config_pb2.py"
    spec = importlib.util.spec_from_file_location("model_config_pb2", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is nothing to tell."""


class TritonServer:
    """Serves one repository on a free port of this machine, or on `port`; `certificate` makes it TLS."""

    def __init__(self, repository: Path, port: int = 0, certificate: Path | None = None) -> None:
        self.manners = Manners()
        self.repository = repository
        self._over = threading.Event()
        owner = self

        class Handler(_Handler):
            server_of = owner

        self._server = _Quiet(("127.0.0.1", port), Handler)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]
        self._open: list[Any] = []
        self._loaded: dict[str, _Model] = {}
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Vanish: nobody listens any more, and open connections break."""
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        for connection in self._open:
            with suppress(OSError):  # its client may have left
                connection.shutdown(2)
        self._thread.join()

    def accepted(self, connection: Any) -> None:
        self._open.append(connection)

    def wait(self) -> None:
        """As long as the server is there."""
        self._over.wait(30.0)

    def model(self, name: str) -> "_Model | None":
        place = self.repository / name
        if not (place / "config.pbtxt").exists():
            return None
        key = (place / "config.pbtxt").read_text() + _newest(place)
        if key not in self._loaded:
            self._loaded[key] = _Model.read(place)
        return self._loaded[key]


def written_repository(checkpoint: Path, folder: Path, cache: PlanCache) -> Path:
    """The folder, with a model repository of the checkpoint in it."""
    from fsrf_live.engines.serving import write_repository  # which needs torch

    write_repository(
        checkpoint, folder, "fp32", progress=lambda phase, share: None, report=lambda line: None, cache=cache
    )
    return folder


@contextmanager
def triton_server(repository: Path, port: int = 0, certificate: Path | None = None) -> Iterator[TritonServer]:
    """A server that is stopped at the end."""
    server = TritonServer(repository, port, certificate)
    try:
        yield server
    finally:
        server.stop()


def _newest(place: Path) -> str:
    """The version that a server serves."""
    return max((p.name for p in place.iterdir() if p.name.isdecimal()), key=int)


@dataclass
class _Model:
    """A model as a server loads it."""

    config: dict[str, Any]
    version: str
    session: Any

    @classmethod
    def read(cls, place: Path) -> "_Model":
        parsed = model_configuration((place / "config.pbtxt").read_text())
        config = json_format.MessageToDict(parsed, preserving_proto_field_name=True)
        version = _newest(place)
        content = (place / version / config["default_model_filename"]).read_bytes()
        return cls(config, version, open_session(content))

    def metadata(self) -> dict[str, Any]:
        def tensors(role: str) -> list[dict[str, Any]]:
            return [
                {"name": t["name"], "datatype": KINDS[t["data_type"]], "shape": [-1, *map(int, t["dims"])]}
                for t in self.config[role]
            ]

        return {
            "name": self.config["name"],
            "versions": [self.version],
            "platform": "onnxruntime_onnx",
            "inputs": tensors("input"),
            "outputs": tensors("output"),
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of: TritonServer

    def setup(self) -> None:
        super().setup()
        self.server_of.accepted(self.connection)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        parts = self.path.strip("/").split("/")
        model = self._model(parts)
        if model is not None:
            self._json(200, model.config if parts[-1] == "config" else model.metadata())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        parts = self.path.strip("/").split("/")
        model = self._model(parts)
        if model is None:
            return
        manners = self.server_of.manners
        version = parts[parts.index("versions") + 1] if "versions" in parts else model.version
        manners.versions.append(version)
        if manners.fault == "silent":
            self.server_of.wait()
            self.close_connection = True
        elif manners.fault == "refusing" or version != model.version:
            self._json(400, {"error": f"Request for unknown model: version {version} is not at ready state"})
        else:
            self._infer(model, body)

    def _model(self, parts: list[str]) -> _Model | None:
        manners = self.server_of.manners
        if manners.token is not None and self.headers["Authorization"] != f"Bearer {manners.token}":
            self._json(401, {"error": "no such token"})
            return None
        if manners.fault == "garbage":
            self._send(200, b"<html>a coffee machine</html>", {})
            return None
        model = self.server_of.model(parts[2]) if parts[:2] == ["v2", "models"] else None
        if model is None:
            self._json(404, {"error": f"Request for unknown model: '{parts[-1]}' is not found"})
        return model

    def _infer(self, model: _Model, body: bytes) -> None:
        length = int(self.headers[_HEADER])
        asked, at = json.loads(body[:length]), length
        feed: dict[str, Any] = {}
        for tensor in asked["inputs"]:
            size = tensor["parameters"]["binary_data_size"]
            values = np.frombuffer(body[at : at + size], DTYPES[tensor["datatype"]])
            feed[tensor["name"]] = values.reshape(tensor["shape"])
            at += size
        assert at == len(body)
        manners = self.server_of.manners
        manners.batches.append(len(next(iter(feed.values()))))
        answers = dict(zip(OUTPUT_NAMES, run_session(model.session, OUTPUT_NAMES, feed), strict=True))
        if manners.fault == "infinite":
            answers["score"] = np.full_like(answers["score"], np.nan)
        if manners.fault == "short":
            answers["score"] = answers["score"][:, :1]
        wanted = [output["name"] for output in asked["outputs"]]
        assert all(output["parameters"]["binary_data"] for output in asked["outputs"])
        told = [
            {
                "name": name,
                "datatype": "FP32",
                "shape": list(answers[name].shape),
                "parameters": {"binary_data_size": answers[name].nbytes},
            }
            for name in wanted
        ]
        head = json.dumps(
            {"model_name": model.config["name"], "model_version": model.version, "outputs": told}
        ).encode()
        blobs = [np.ascontiguousarray(answers[name]).tobytes() for name in wanted]
        self._send(200, b"".join([head, *blobs]), {_HEADER: str(len(head))})

    def _json(self, status: int, value: Any) -> None:
        self._send(status, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
