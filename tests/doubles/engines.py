"""An engine that costs nothing and takes the real features."""

from fsrf_live.fsrf.common.config import ModelConfig
from tests.doubles.fakes import FakeEngine


class RealShapes(FakeEngine):
    """`FakeEngine` in the shapes of the checkpoint that ships."""

    def __init__(self) -> None:
        super().__init__()
        self.config = ModelConfig()
