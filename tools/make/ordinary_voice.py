"""Makes `stream/features/sound/ordinary_voice.npz`: the mean voice that each speaker is compared with.

    python -m fsrf_live.tools.make.ordinary_voice PACKS

The mean over the speech of training speakers as recorded, weighted equally, in ``voices.npz``. Run it
again only together with everything that was trained on it.
"""

import argparse
from pathlib import Path

import numpy as np

from fsrf_live.stream.features.sound import usual


def main() -> None:
    """Read the pack, write the mean."""
    parser = argparse.ArgumentParser(description="Make the ordinary voice from recorded training speakers.")
    parser.add_argument("packs", type=Path, help="folder with voices.npz")
    with np.load(parser.parse_args().packs / "voices.npz", allow_pickle=False) as stored:
        pack = dict(stored)
    rows = (pack["split"] == "train") & (pack["variant"] == 0)
    speaker_of_hop = np.repeat(np.where(rows, pack["speaker"], ""), np.diff(pack["offsets"]))
    people = []
    for speaker in np.unique(pack["speaker"][rows]):
        own = (speaker_of_hop == speaker) & (pack["speech"] >= usual.SPEECH)
        spoken = pack["vectors"][own, : usual.PROSODY_WIDTH]
        mean = spoken.mean(axis=0, dtype=np.float64)
        mean[usual.PITCH] = spoken[spoken[:, usual.PITCH] > 0, usual.PITCH].mean()
        people.append(mean)
    mean = np.mean(people, axis=0).astype(np.float32)
    np.savez(Path(usual.__file__).with_name("ordinary_voice.npz"), mean=mean)


if __name__ == "__main__":
    main()
