"""Shapes and sizes of a checkpoint, and the figures that training and the live path must share.

Pure data: importing this module does not import torch. A figure here that changes asks for new packs and for
training again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from fsrf_live.fsrf.common.errors import CheckpointError
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality

SCORE_LOW, SCORE_HIGH = -3.0, 3.0
"""The scale of scores: most negative, most positive. It is CMU-MOSI's, so that figures can be compared."""

NEUTRAL_WITHIN = 0.5
"""Scores within ± this are neutral; below they are negative, above positive."""

PRE_ROLL_S, HOLD_S = 0.3, 0.6
"""An utterance starts so long before the first speech, and ends after so much silence."""

LONGEST_WINDOW_S = 12.0
"""What lasts longer is cut. It fixes how many slots there are for sound and pictures."""

VOICE_RATE_HZ, FACE_RATE_HZ = 25.0, 10.0

TONES = ("angry", "calm", "disgust", "fearful", "happy", "neutral", "sad", "surprise")
TONE_LAYER_WIDTH = 384
"""The tones of a voice, which actors were asked for, and the width of the layer that they are judged by."""

MINILM, E5 = "minilm-l6-v2+lora", "multilingual-e5-small+tongues"
"""Text encoders: what checkpoints are trained with, and one that is taught to say the same elsewhere."""
ENGLISH = frozenset(["en"])

FEATURES: Mapping[Modality, str] = {
    "text": MINILM,
    "audio": "mel40-prosody-tone-2",
    "video": "facemesh-contour-appearance-2",
}
"""Names of what the extractors of this version make. Give a new one to features that differ in any way: a
checkpoint that was trained on the old ones is then refused instead of answering nonsense."""


def _slots(rate_hz: float) -> int:
    """How many slots of that rate the longest window has."""
    return round(LONGEST_WINDOW_S * rate_hz)


@dataclass(frozen=True, slots=True)
class ModalityConfig:
    """Shape of one modality's features: ``[B, length, width] float32``.

    `rate_hz` is how many slots there are for one second of a window; 0 if slots are tokens, not time.
    `stride` is the temporal stride of the encoder's convolution. `relative` appends the features normalised
    over their own window, so that gain and channel vanish. `statistics` is how many learned weightings of the
    frames the window's statistics are taken under, beside all frames weighted equally; 0 for no statistics.
    `blind` is the share of features that training hides throughout a window, so that no single one is relied
    on, which may be the person's or the microphone's. `hidden` is the width of the projection's hidden layer.
    `extractor` names what made the features, as `FEATURES` does (empty if nobody said): a checkpoint only
    works with features from the extractor that it was trained on, and `check_features` refuses any other.
    """

    length: int
    width: int
    rate_hz: float = 0.0
    stride: int = 1
    extractor: str = ""
    relative: bool = False
    statistics: int = 0
    hidden: int = 128
    blind: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Everything that fixes the shape of the network.

    `noise` gives FSRF's factorization a noise part: it is off, for it gained nothing (on composed samples the
    error is .003 less with it, within chance, on MOSI .008 more); FIRF's gates always have one.
    """

    text: ModalityConfig = ModalityConfig(64, 384, extractor=FEATURES["text"])
    audio: ModalityConfig = ModalityConfig(
        _slots(VOICE_RATE_HZ),
        56,
        VOICE_RATE_HZ,
        4,
        extractor=FEATURES["audio"],
        relative=True,
        statistics=2,
        blind=0.15,
    )
    video: ModalityConfig = ModalityConfig(
        _slots(FACE_RATE_HZ), 416, FACE_RATE_HZ, 2, extractor=FEATURES["video"], hidden=256
    )
    system: str = "fsrf"
    width: int = 64
    heads: int = 4
    encoder_layers: int = 1
    fusion_layers: int = 2
    dropout: float = 0.1
    bins: int = 25
    score_low: float = SCORE_LOW
    score_high: float = SCORE_HIGH
    neutral: float = NEUTRAL_WITHIN
    noise: bool = False

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise CheckpointError(
                f"width {self.width} cannot be split into {self.heads} heads: choose heads that divide it"
            )

    def modality(self, name: Modality) -> ModalityConfig:
        """The shape of one modality."""
        return {"text": self.text, "audio": self.audio, "video": self.video}[name]

    @property
    def parts(self) -> int:
        """How many parts a modality is factored into: three with a noise part, two without."""
        return 3 if self.noise or self.system == "firf" else 2

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "ModelConfig":
        """Inverse of `to_dict`; raises CheckpointError on unknown or missing fields."""
        try:
            modalities: dict[str, Any] = {m: ModalityConfig(**values[m]) for m in MODALITIES}
            return cls(**{**values, **modalities})
        except (KeyError, TypeError) as error:
            raise CheckpointError(f"the checkpoint's config does not fit this version: {error}") from error


def check_features(config: ModelConfig, made: Iterable[Modality]) -> None:
    """Raise CheckpointError if a checkpoint was trained on other features than this version makes.

    `made` are the modalities whose features this version makes: a recording brings its own. A modality for
    which the checkpoint names no extractor is judged by the width of its features alone.
    """
    for modality in made:
        trained_on = config.modality(modality).extractor
        if trained_on not in ("", FEATURES[modality]):
            raise CheckpointError(
                f"the checkpoint was trained on {modality} features called {trained_on!r}, and this version "
                f"makes {FEATURES[modality]!r}: use the one that ships, or train it again with 'fsrf train'"
            )
