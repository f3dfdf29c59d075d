"""Windows to readings: encode the words, fill the slots, run the engine, say what it means.

Of a window with more words than the text encoder sees the newest are judged, as of one with more time than
slots the newest part is (`stream.reading.assemble`), and only words whose language it reads; the reading's
`text` tells all of them.
"""

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fsrf_live.engines.common.contract import Engine, TextEncoder
from fsrf_live.fsrf.common.config import ENGLISH
from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.stream.flow.clock import Clock
from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.flow.records import Latency, Reading
from fsrf_live.stream.reading.answer import WindowAnswer
from fsrf_live.stream.reading.assemble import assemble
from fsrf_live.stream.windows.presence import is_read, of_text, trusted
from fsrf_live.stream.windows.window import Window

TEXTS_KEPT = 32
"""Only revisions of a window ask for the same text again; each text that is kept costs 96 KB."""
_NS_PER_MS = 1_000_000

Encoded = tuple[NDArray[np.float32], NDArray[np.bool_]]
"""Token vectors and their mask."""
_Read = tuple[str, tuple[bool, ...]]
"""A text, and which of its words are clear; none is said to be if all are."""


class Analyst:
    """Owns an engine and a text encoder. Not thread-safe: one thread owns one analyst."""

    def __init__(
        self, engine: Engine, encoder: TextEncoder, clock: Clock, languages: Collection[str] = ENGLISH
    ) -> None:
        """`clock` measures latency; live it must be the one that stamped the items.

        `languages` are those that the text encoder reads.
        """
        self.engine = engine
        self._encoder = encoder
        self._clock = clock
        self._languages = languages
        self._texts: OrderedDict[_Read, Encoded] = OrderedDict()

    def now_ns(self) -> int:
        """The time on the clock by which latency is measured."""
        return self._clock.now_ns()

    def read(self, window: Window, epoch_ns: int = 0, intended_ns: int | None = None) -> Reading:
        """Answer for one window; see `read_all`."""
        return self.read_all([window], epoch_ns, intended_ns)[0]

    def read_all(
        self, windows: Sequence[Window], epoch_ns: int = 0, intended_ns: int | None = None
    ) -> list[Reading]:
        """Answers for several windows in one run of the engine.

        Times in readings count from `epoch_ns`. Latency is measured from `intended_ns` on this analyst's
        clock; None means each window's own `due_ns`, which is right if that clock stamped the items.
        Raises EngineError if the engine refuses.
        """
        if not windows:
            return []
        windows = [self._understood(window) for window in windows]
        texts = [text_of(window) for window in windows]
        inputs = assemble(windows, self._encode(windows), self.engine.config)
        begun_ns = self._clock.now_ns()
        outputs = self.engine.run(inputs)
        done_ns = self._clock.now_ns()
        readings = []
        for row, window in enumerate(windows):
            available = tuple(m for m in MODALITIES if inputs.masks[m][row].any())
            due_ns = window.due_ns if intended_ns is None else intended_ns
            readings.append(
                WindowAnswer(outputs, row, self.engine.prior, available).reading(
                    window,
                    epoch_ns,
                    texts[row],
                    self.engine.name,
                    Latency(
                        wait=window.hold_ns / _NS_PER_MS,
                        features=max(0, begun_ns - due_ns) / _NS_PER_MS,
                        engine=(done_ns - begun_ns) / _NS_PER_MS,
                        emit=(self._clock.now_ns() - done_ns) / _NS_PER_MS,
                    ),
                )
            )
        return readings

    def _understood(self, window: Window) -> Window:
        """The window as it is for one who reads these languages and no others."""
        if not window.words:
            return window
        return replace(window, presence={**window.presence, "text": of_text(window.words, self._languages)})

    def _encode(self, windows: Sequence[Window]) -> Encoded:
        wanted = [self._read_of(window) for window in windows]
        unknown = sorted({read for read in wanted if read not in self._texts})
        whole = [text for text, clear in unknown if not clear]
        if whole:
            vectors, masks = self._encoder.encode([self._encoder.newest(text) for text in whole])
            self._texts.update({(text, ()): (vectors[i], masks[i]) for i, text in enumerate(whole)})
        self._texts.update({read: self._encode_clear(*read) for read in unknown if read[1]})
        encoded = [self._texts[read] for read in wanted]
        for read in wanted:
            self._texts.move_to_end(read)
        while len(self._texts) > TEXTS_KEPT:
            self._texts.popitem(last=False)
        return np.stack([vectors for vectors, _ in encoded]), np.stack([mask for _, mask in encoded])

    def _read_of(self, window: Window) -> _Read:
        """The words of a window in languages that the text encoder reads."""
        read = [words for words in window.words if is_read(words, self._languages)]
        clear = tuple(sure for words in read for sure in trusted(words))
        return _joined(read), () if all(clear) else clear

    def _encode_clear(self, text: str, clear: Sequence[bool]) -> Encoded:
        """Encode the newest words of a text of which not all are clear."""
        read = self._encoder.newest(text)
        return self._encoder.encode_clear(read, clear[len(clear) - len(read.split()) :])


def text_of(window: Window) -> str:
    """All words of a window."""
    return _joined(window.words)


def _joined(words: Sequence[Words]) -> str:
    return " ".join(each.text.strip() for each in words if not each.unclear)
