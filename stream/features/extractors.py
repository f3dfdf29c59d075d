"""What turns frames and samples into features: the protocols that live, clips and replay work with."""

from typing import Protocol

from fsrf_live.stream.flow.items import FaceBox, FaceFeatures, Frame, Samples, VoiceFeatures


class FaceExtractor(Protocol):
    """Frames to face features; one thread owns it."""

    @property
    def rest(self) -> float | None:
        """How much of the person's rest is known, from 0 to 1; None if features are relative to nobody."""

    @property
    def box(self) -> FaceBox | None:
        """Where the face of the frame looked at last was, None if none was found."""

    def wants(self, time_ns: int) -> bool:
        """Say whether a frame of this time is worth looking at."""

    def extract(self, frame: Frame) -> list[FaceFeatures]:
        """Features of the faces of one frame; if there is none, one that says why."""

    def close(self) -> None:
        """Release what it holds."""


class VoiceExtractor(Protocol):
    """Samples to voice features; one thread owns it."""

    @property
    def rest(self) -> float | None:
        """How much of the person's usual voice is known; otherwise as of a face."""

    def push(self, samples: Samples) -> list[VoiceFeatures]:
        """The hops that this block completes."""


class PacedFaceExtractor(FaceExtractor, Protocol):
    """A face extractor that says how often it wants a frame."""

    @property
    def rate_hz(self) -> float:
        """Frames a second that it wants, at most."""


class StillExtractor(Protocol):
    """Pictures that have nothing to do with one another to face features."""

    def extract(self, frame: Frame) -> FaceFeatures:
        """Features of one picture."""

    def close(self) -> None:
        """Release what it holds."""
