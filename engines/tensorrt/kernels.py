"""Kernels that TensorRT for RTX compiles for the card when a plan first runs, kept for later starts."""

from typing import Any

from fsrf_live.engines.common.cache import Fingerprint, PlanCache, content_hash
from fsrf_live.engines.tensorrt.cuda import Gpu
from fsrf_live.engines.tensorrt.library import Library

KERNELS_FILE = "kernels.bin"


def kernels_fingerprint(library: Library, gpu: Gpu, plan: bytes) -> Fingerprint:
    """What the kernels of a plan depend on: the plan, TensorRT, the card and its driver."""
    return Fingerprint(
        engine=f"{library.name}-kernels",
        version=f"{library.name}-{library.version}",
        model=content_hash(plan),
        device=f"{gpu.name}, CUDA {gpu.driver_version}",
        precision="as the plan",
    )


class Kernels:
    """The kernels of one plan. TensorRT itself checks whether stored ones fit, and compiles if not."""

    def __init__(self, plans: PlanCache, fingerprint: Fingerprint) -> None:
        self._plans = plans
        self._fingerprint = fingerprint
        self._cache: Any = None
        self.found = False

    def context(self, engine: Any) -> Any:
        """An execution context with the kernels of earlier runs; a plain one if TensorRT has no such cache.

        The card's context must be current in the calling thread.
        """
        settings: Any = engine.create_runtime_config() if hasattr(engine, "create_runtime_config") else None
        if not hasattr(settings, "create_runtime_cache"):
            return engine.create_execution_context()
        cache = settings.create_runtime_cache()
        stored = self._plans.find(self._fingerprint)
        self.found = stored is not None and bool(cache.deserialize(stored.files.get(KERNELS_FILE, b"")))
        settings.set_runtime_cache(cache)
        self._cache = cache  # the context refers to it, and `keep` reads it after a run
        return engine.create_execution_context(settings)

    def keep(self) -> None:
        """Store what has been compiled; the plan must have run."""
        if self._cache is not None and not self.found:
            self._plans.store(self._fingerprint, {KERNELS_FILE: bytes(self._cache.serialize())})
