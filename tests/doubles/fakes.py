"""An engine, a text encoder and extractors that cost nothing and whose answers can be told beforehand."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from fsrf_live.engines.common.contract import SUBSETS, Inputs, ModelConfig, Outputs
from fsrf_live.fsrf.common.aliases import Floats, Mask
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.stream.flow.items import HOP_NS, FaceBox, FaceFeatures, Frame, Reason, Samples, VoiceFeatures

WIDTHS: dict[Modality, int] = {"text": 4, "audio": 6, "video": 5}
PRIOR = 0.1


def config() -> ModelConfig:
    whole = ModelConfig()
    text, audio, video = (replace(whole.modality(m), width=WIDTHS[m]) for m in MODALITIES)
    return replace(whole, text=text, audio=audio, video=video)


class FakeEngine:
    """The score is the prior plus the mean of each modality's first feature; what is missing adds nothing."""

    name = "fake"

    def __init__(self) -> None:
        self.config = config()
        self.runs: list[int] = []
        none = np.full((1, 7), PRIOR, np.float32)
        self.prior = _outputs(none, np.zeros((1, 7, 3), np.float32), width=3.0)

    def run(self, inputs: Inputs) -> Outputs:
        windows = len(inputs.masks["text"])
        self.runs.append(windows)
        parts = np.zeros((windows, 3), np.float32)
        there = np.zeros((windows, 3), np.bool_)
        for index, m in enumerate(MODALITIES):
            mask = inputs.masks[m]
            there[:, index] = mask.any(1)
            count = np.maximum(mask.sum(1), 1)
            parts[:, index] = (inputs.features[m][..., 0] * mask).sum(1) / count
        subsets = np.array([[m in subset for m in MODALITIES] for subset in SUBSETS])
        used = there[:, None, :] & subsets[None]
        score = PRIOR + (parts[:, None, :] * used).sum(-1)
        return _outputs(score.astype(np.float32), used.astype(np.float32), width=1.0)


def _outputs(score: Floats, recovery: Floats, width: float) -> Outputs:
    positive = (score + 3) / 6
    probabilities = np.stack([(1 - positive) * 0.8, np.full_like(score, 0.2), positive * 0.8], axis=-1)
    interval = np.stack([score - width, score + width], axis=-1)
    return Outputs(
        score, probabilities.astype(np.float32), interval, np.where(recovery, 1.0, 0.4).astype(np.float32)
    )


class FakeTextEncoder:
    """Each word is a token; "good" is worth +1, "bad" -1, anything else 0."""

    def __init__(self) -> None:
        self.encoded: list[list[str]] = []

    def encode(self, texts: list[str]) -> tuple[Floats, Mask]:
        self.encoded.append(list(texts))
        length, width = config().text.length, WIDTHS["text"]
        vectors, mask = (
            np.zeros((len(texts), length, width), np.float32),
            np.zeros((len(texts), length), np.bool_),
        )
        for row, text in enumerate(texts):
            for slot, word in enumerate(text.split()[:length]):
                vectors[row, slot, 0] = {"good": 1.0, "bad": -1.0}.get(word, 0.0)
                mask[row, slot] = True
        return vectors, mask

    def encode_clear(self, text: str, clear: Sequence[bool]) -> tuple[Floats, Mask]:
        vectors, mask = self.encode([text])
        mask[0, : len(clear)] &= clear
        return vectors[0] * mask[0, :, None], mask[0]

    def newest(self, text: str) -> str:
        return " ".join(text.split()[-config().text.length :])


FACE_BOX = FaceBox(0.25, 0.25, 0.5, 0.5)


class FakeFaces:
    """A face wherever the picture's first pixel is not 1; its brightness is the feature."""

    rate_hz = 10.0
    rest: float | None = 0.5
    box: FaceBox | None = None

    def __init__(self) -> None:
        self._slot: int | None = None
        self.closed = False

    def wants(self, time_ns: int) -> bool:
        return time_ns // 100_000_000 != self._slot

    def extract(self, frame: Frame) -> list[FaceFeatures]:
        self._slot = frame.time_ns // 100_000_000
        value = float(frame.image[0, 0, 0])
        self.box = None if value == 1 else FACE_BOX
        if value == 1:
            return [FaceFeatures(frame.time_ns, None, Reason.NO_FACE)]
        return [face(frame.time_ns, value / 255)]

    def close(self) -> None:
        self.closed = True


class FakeVoices:
    """Hops of 40 ms; louder than a tenth is speech."""

    rest: float | None = None

    def __init__(self) -> None:
        self._pending = np.zeros(0, np.float32)
        self._next_ns: int | None = None

    def push(self, samples: Samples) -> list[VoiceFeatures]:
        if self._next_ns is None or abs(samples.time_ns - self._next_ns) > 10_000_000:
            self._pending = np.zeros(0, np.float32)
        self._next_ns = samples.end_ns
        start_ns = samples.time_ns - len(self._pending) * 62_500
        pending = samples.samples
        if len(self._pending):
            pending = np.concatenate([self._pending, pending])
        hops = len(pending) // 640
        self._pending = pending[hops * 640 :]
        return [self._hop(start_ns + i * HOP_NS, pending[i * 640 : (i + 1) * 640]) for i in range(hops)]

    def _hop(self, time_ns: int, hop: Floats) -> VoiceFeatures:
        loud = float(hop.max())
        return voice(time_ns, speech=1.0 if loud > 0.1 else 0.0, value=loud, silent=not (loud or hop.any()))


@lru_cache(maxsize=256)
def vector(modality: Modality, value: float) -> Floats:
    made = np.full(WIDTHS[modality], value, np.float32)
    made.setflags(write=False)
    return made


def face(time_ns: int, value: float = 0.5) -> FaceFeatures:
    return FaceFeatures(time_ns, vector("video", value))


def no_face(time_ns: int, reason: Reason = Reason.NO_FACE) -> FaceFeatures:
    return FaceFeatures(time_ns, None, reason)


def voice(
    time_ns: int, speech: float = 1.0, value: float = 0.5, silent: bool = False, speechlike: float = 0.0
) -> VoiceFeatures:
    return VoiceFeatures(time_ns, vector("audio", value), speech, silent, speechlike)
