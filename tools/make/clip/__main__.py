"""``python -m fsrf_live.tools.make.clip [FOLDER]``: make demo.mp4 and demo.vtt in FOLDER (default: demo)."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fsrf_live.tools.make.clip import film, portrait, script, speech


def main() -> None:
    """Make the clip and its captions."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "demo")
    folder.mkdir(parents=True, exist_ok=True)
    spoken = speech.speak()
    film.write_film(folder / "demo.mp4", _pictures(speech.loudness(spoken)), spoken.samples, speech.SPEECH_HZ)
    (folder / "demo.vtt").write_text(speech.captions(spoken), encoding="utf-8")


def _pictures(loudness: NDArray[np.float32]) -> Iterator[NDArray[np.uint8]]:
    person = portrait.load()
    for index in range(round(script.DURATION_S * script.FPS)):
        loud = float(loudness[index]) if index < len(loudness) else 0.0
        yield portrait.picture(person, index / script.FPS, loud)


if __name__ == "__main__":
    main()
