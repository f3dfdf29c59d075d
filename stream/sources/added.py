"""Sources from outside: those that other packages add, by name, and those that a caller makes.

What they bring may be anything; `Sane` makes sound of it.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import Clock
from fsrf_live.stream.flow.items import Item, Samples
from fsrf_live.stream.flow.plugins import load_plugin
from fsrf_live.stream.sources.sound import sanitised
from fsrf_live.stream.sources.source import Around, Source, SourceSpec

PLUGIN = "plugin:"
"""``plugin:NAME`` or ``plugin:NAME:TARGET`` means an entry point; a bare name means a camera or a file."""

SourceMaker = Callable[[Clock], Source]
"""Makes a fresh source, not yet open, that stamps its items with the clock. Called again after each hang."""


def added_source(wanted: str | SourceMaker | None, modality: Modality, clock: Clock) -> SourceSpec | None:
    """Describe such a source; None if something else is wanted.

    Raises UsageError if no package adds a source of that name, or if it yields another modality.
    """
    if isinstance(wanted, str) and wanted.startswith(PLUGIN):
        name, _, target = wanted.removeprefix(PLUGIN).partition(":")
        maker: SourceMaker = partial(load_plugin("fsrf_live.sources", name, {}), target)
    elif callable(wanted):
        maker = wanted
    else:
        return None
    source = maker(clock)
    if source.modality != modality:
        raise UsageError(f"{source.name} is a source of {source.modality}: it cannot stand in for {modality}")
    return SourceSpec("added", modality, source.name, lambda: maker(clock))


class Sane(Around):
    """Sound of numbers in [-1, 1], whoever made it: one that is none would stay in every mean for good."""

    def read(self) -> Item | None:
        """Give the next item of the source inside; what is as it should be is not copied."""
        item = self._source.read()
        if not isinstance(item, Samples) or np.abs(item.samples).max(initial=0) <= 1:
            return item
        return replace(item, samples=sanitised(item.samples))
