"""Every model that comes as data, by its name."""

from fsrf_live.engines.common.stored import StoredModel
from fsrf_live.fsrf.common.errors import UsageError


def stored_models() -> dict[str, StoredModel]:
    """The models, in the order in which they are listed."""
    from fsrf_live.engines.text.e5 import E5_TOKENIZER, E5_WEIGHTS
    from fsrf_live.stream.features.landmarker import FACE_LANDMARKER
    from fsrf_live.stream.speech.models import MODELS

    speech = (model.stored for model in MODELS.values())
    return {model.name: model for model in (FACE_LANDMARKER, *speech, E5_WEIGHTS, E5_TOKENIZER)}


def stored_model(name: str) -> StoredModel:
    """A model by its name; raises UsageError if there is none."""
    models = stored_models()
    if name not in models:
        raise UsageError(f"there is no model {name!r}: choose from {', '.join(models)}")
    return models[name]
