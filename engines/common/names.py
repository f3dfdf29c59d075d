"""What engines there are. Importing this module imports nothing that runs a network.

A new engine is one entry here and its loader in `engines.select`.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, get_args

EngineKind = Literal["tensorrt", "onnx", "torch"]
ENGINE_NAMES: tuple[str, ...] = ("auto", *get_args(EngineKind))
"""What may be asked for by name; a server is asked for by its address (`engines.triton.address`)."""


Precision = Literal["fp32", "fp16"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What a person should know of an engine; it needs any one of the packages."""

    packages: tuple[str, ...]
    about: str
    needs_gpu: bool = False

    @property
    def installed(self) -> bool:
        """Whether a package that it needs is here; whether it runs is known only by trying."""
        return any(find_spec(package) is not None for package in self.packages)


ENGINES: dict[EngineKind, EngineFacts] = {
    "tensorrt": EngineFacts(("tensorrt", "tensorrt_rtx"), "compiled, needs an NVIDIA GPU", needs_gpu=True),
    "onnx": EngineFacts(("onnxruntime",), "the default on CPUs"),
    "torch": EngineFacts(("torch",), "the reference"),
}
"""Each engine, in the order in which ``auto`` tries them: the fastest first."""
