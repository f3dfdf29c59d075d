"""A model repository for a Triton server: a folder a model, with its configuration and a numbered version.

    DIR/fsrf/config.pbtxt        what it takes and gives, and of which checkpoint it is
    DIR/fsrf/1/model.onnx

A model is written beside its place and renamed into it: a server that polls sees all of it or nothing. Of
another checkpoint the version's number is the next one, and the older version goes: the configuration names
the checkpoint, and is one for all versions.
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fsrf_live.engines.common.arrays import input_shapes, output_shapes
from fsrf_live.engines.common.cache import content_hash
from fsrf_live.engines.common.contract import ModelConfig
from fsrf_live.engines.common.names import Precision
from fsrf_live.engines.common.shelf import put_in_place
from fsrf_live.fsrf.common.errors import EngineError

MOST_WINDOWS_A_CALL = 8
"""The largest batch of a served model; a server puts windows of several clients together up to it."""
ANY = -1
"""The axis of the windows, as servers and plans tell it."""
CONFIGURATION = "config.pbtxt"
CHECKPOINT_KEY, PRECISION_KEY, RECIPE_KEY, CONTENT_KEY = (
    f"fsrf_{name}" for name in ("checkpoint", "precision", "recipe", "sha256")
)
"""Parameters of the configuration: the checkpoint's fingerprint, that of the recipe, the file's SHA-256."""


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model of a repository: its name, Triton's backend for it, and its file's name.

    `checkpoint` is the fingerprint of the weights, `recipe` that of all that the file depends on.
    """

    name: str
    backend: str
    file: str
    precision: Precision
    checkpoint: str
    recipe: str


@dataclass(frozen=True, slots=True)
class ServedVersion:
    """What lies in a repository: the number of a model's version, its bytes, and whether it was there."""

    name: str
    number: int
    bytes: int
    unchanged: bool


def put_model(
    folder: Path, model: ServedModel, config: ModelConfig, make: Callable[[], bytes]
) -> ServedVersion:
    """Write a model into a repository, unless just this one is there.

    `make` is called only if the file has to be written. Raises EngineError, and what `make` does.
    """
    place = folder / model.name
    if not _may_be_replaced(place, model.file):
        raise EngineError(
            f"{place} is no model of this program, and would be replaced by one: give another folder"
        )
    newest = newest_version(place)
    written = place / str(newest) / model.file
    try:
        if written.is_file():
            content = written.read_bytes()
            if (place / CONFIGURATION).read_text(errors="replace") == configuration(model, config, content):
                return ServedVersion(model.name, newest, len(content), unchanged=True)
    except OSError:
        pass  # what cannot be read is written again
    content = make()
    files = {CONFIGURATION: configuration(model, config, content).encode()}
    try:
        _publish(place, files, newest + 1, {model.file: content})
    except OSError as error:
        raise EngineError(
            f"the model repository {folder} cannot be written ({error.strerror or error}): "
            "free some space or give another folder"
        ) from error
    return ServedVersion(model.name, newest + 1, len(content), unchanged=False)


def _may_be_replaced(place: Path, file: str) -> bool:
    """Whether nothing is there, or a model, though it may be damaged."""
    if (place / str(newest_version(place)) / file).is_file():
        return True
    try:
        return CHECKPOINT_KEY in (place / CONFIGURATION).read_text(errors="replace")
    except OSError:
        return not place.exists() or (place.is_dir() and not any(place.iterdir()))


def newest_version(place: Path) -> int:
    """The number of a model's newest version; 0 if it has none."""
    try:
        return max((int(p.name) for p in place.iterdir() if p.name.isdecimal()), default=0)
    except OSError:
        return 0


def configuration(model: ServedModel, config: ModelConfig, content: bytes) -> str:
    """The text of a model's ``config.pbtxt`` (`inference.ModelConfig` of Triton's model_config.proto).

    Windows wait for nobody: those that come while a batch runs make up the next one.
    """
    parameters = {
        CHECKPOINT_KEY: model.checkpoint,
        PRECISION_KEY: model.precision,
        RECIPE_KEY: model.recipe,
        CONTENT_KEY: content_hash(content),
    }
    lines = [
        f'name: "{model.name}"',
        f'backend: "{model.backend}"',
        f'default_model_filename: "{model.file}"',
        f"max_batch_size: {MOST_WINDOWS_A_CALL}",
        *_tensors("input", input_shapes(config, ANY)),
        *_tensors("output", output_shapes(ANY)),
        "dynamic_batching { max_queue_delay_microseconds: 0 }",
        "version_policy { latest { num_versions: 1 } }",
        *(f'parameters {{ key: "{k}" value {{ string_value: "{v}" }} }}' for k, v in parameters.items()),
    ]
    return "\n".join(lines) + "\n"


def _tensors(role: str, shapes: Mapping[str, tuple[int, ...]]) -> list[str]:
    """The tensors of a role, without the axis of the windows."""
    return [
        f'{role} {{ name: "{name}" data_type: {"TYPE_BOOL" if name.endswith("_mask") else "TYPE_FP32"} '
        f"dims: [ {', '.join(map(str, axes[1:]))} ] }}"
        for name, axes in shapes.items()
    ]


def _publish(place: Path, files: Mapping[str, bytes], number: int, version: Mapping[str, bytes]) -> None:
    """Let a model appear in its place at once; raises OSError."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=place.parent) as building:
        new = Path(building) / place.name
        (new / str(number)).mkdir(parents=True)
        for folder, contents in ((new, files), (new / str(number), version)):
            for name, content in contents.items():
                (folder / name).write_bytes(content)
        put_in_place(new, place)
