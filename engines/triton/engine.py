"""The network on a Triton server: windows go there, answers come back. Never imports torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fsrf_live.engines.common.arrays import (
    OUTPUT_NAMES,
    Feed,
    input_shapes,
    output_shapes,
    run_in_parts,
    to_feed,
)
from fsrf_live.engines.common.contract import Inputs, ModelConfig, Outputs
from fsrf_live.engines.common.names import PRECISIONS, Precision
from fsrf_live.engines.common.reference import stored_prior
from fsrf_live.engines.triton.address import TritonAddress
from fsrf_live.engines.triton.connection import Connection
from fsrf_live.engines.triton.repository import ANY, CHECKPOINT_KEY, PRECISION_KEY
from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.common.checkpoint import Checkpoint

FIRST_S = 10.0
"""For what is asked at the start: a server may load its kernels with the first window."""
RUN_S = 1.0
"""For a window later on: an answer takes milliseconds, and a live session waits for it."""
_SHOWN = 12

_Tensors = dict[str, tuple[str, tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class ServerOffer:
    """What a server has: the version of the model, its precision, the most windows in a call."""

    version: str
    precision: Precision
    most: int


class TritonEngine:
    """Asks a server that serves this very checkpoint; raises EngineAwayError whenever it does not.

    After a failure what the server has is looked at again, because another one may have taken its place. A
    version is asked for by its number: a newer one, of other weights, is never taken for it.
    """

    name = "triton"

    def __init__(self, address: TritonAddress, checkpoint: Checkpoint) -> None:
        """Look at the server; raises EngineError, also if its model is of another checkpoint."""
        self.address = address
        self.config: ModelConfig = checkpoint.config
        self.prior: Outputs = stored_prior(checkpoint)
        self._fingerprint = checkpoint.fingerprint
        self._connection = Connection(address)
        self._seconds = FIRST_S
        self._offer: ServerOffer | None = None
        self.precision: Precision = self._met().precision

    def run(self, inputs: Inputs) -> Outputs:
        """Answer for B windows; raises EngineError if the shapes are not the config's, EngineAwayError."""
        feed = to_feed(self.config, inputs)
        offer = self._met()
        outputs = run_in_parts(feed, offer.most, lambda part: self._step(offer, part))
        self._seconds = RUN_S
        return outputs

    def close(self) -> None:
        """Leave the server."""
        self._connection.close()

    def _met(self) -> ServerOffer:
        """What the server has, looked at if it is not known."""
        if self._offer is None:
            model = self._connection.address.model

            def look(client: Any, headers: dict[str, str]) -> tuple[Any, Any]:
                metadata = client.get_model_metadata(model, headers=headers)
                return metadata, client.get_model_config(model, headers=headers)

            self._offer = self._checked(*self._connection.ask(look, self._seconds))
        return self._offer

    def _checked(self, metadata: Any, served: Any) -> ServerOffer:
        """Refuse a model that is not this checkpoint's."""
        try:
            parameters = {name: value["string_value"] for name, value in served["parameters"].items()}
            most = int(served["max_batch_size"])
            precision = next((p for p in PRECISIONS if p == parameters.get(PRECISION_KEY)), None)
            version = str(max(int(number) for number in metadata["versions"]))
            found = _tensors(metadata["inputs"]) | _tensors(metadata["outputs"])
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise self._connection.away(
                f"has a model that 'fsrf build --triton' did not write ({error!r})"
            ) from error
        mine, theirs = self._fingerprint, str(parameters.get(CHECKPOINT_KEY))
        if theirs != mine:
            raise self._connection.away(
                f"serves another checkpoint ({theirs[:_SHOWN]}) than this one ({mine[:_SHOWN]}): "
                "write its repository again with 'fsrf build --triton'"
            )
        if found != _expected(self.config) or most < 1 or precision is None:
            raise self._connection.away(
                f"serves a model that takes and gives other arrays: {', '.join(sorted(found))}"
            )
        return ServerOffer(version, precision, most)

    def _step(self, offer: ServerOffer, feed: Feed) -> list[Floats]:
        windows = len(feed[next(iter(feed))])

        def infer(client: Any, headers: dict[str, str]) -> list[Any]:
            http, model = self._connection.http, self._connection.address.model
            inputs = [_input(http, name, values) for name, values in feed.items()]
            wanted = [http.InferRequestedOutput(name) for name in OUTPUT_NAMES]
            result = client.infer(model, inputs, model_version=offer.version, outputs=wanted, headers=headers)
            return [result.as_numpy(name) for name in OUTPUT_NAMES]

        self._offer = None  # until it has answered
        answers = self._connection.ask(infer, self._seconds)
        for answer, shape in zip(answers, output_shapes(windows).values(), strict=True):
            if not _is_sound(answer, shape):
                raise self._connection.away("answers with arrays of another kind, or without numbers")
        self._offer = offer
        return [np.array(answer) for answer in answers]  # its own memory, not the response's


def _input(http: Any, name: str, values: Any) -> Any:
    tensor = http.InferInput(name, list(values.shape), _kind(name))
    tensor.set_data_from_numpy(values, binary_data=True)
    return tensor


def _kind(name: str) -> str:
    return "BOOL" if name.endswith("_mask") else "FP32"


def _tensors(described: list[Mapping[str, Any]]) -> _Tensors:
    """Type and shape by name, as a server's metadata tell them."""
    return {t["name"]: (str(t["datatype"]), tuple(int(axis) for axis in t["shape"])) for t in described}


def _expected(config: ModelConfig) -> _Tensors:
    shapes = {**input_shapes(config, ANY), **output_shapes(ANY)}
    return {name: (_kind(name), shape) for name, shape in shapes.items()}


def _is_sound(answer: Any, shape: tuple[int, ...]) -> bool:
    if not isinstance(answer, np.ndarray) or answer.dtype != np.float32 or answer.shape != shape:
        return False
    return bool(np.isfinite(answer).all())
