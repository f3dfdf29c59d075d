"""Makes feature packs of faces and voices, with the same extractors as live, for `fsrf train`.

    python -m fsrf_live.tools.corpora.both DATA PACKS [--only faces|voices] [--variants N] [--workers N]

Packs are ``.npz`` without pickles. Same data, same packs.
``faces.npz``, one row a picture, then those with a mouth that was opened: vector and reference_vector
``[N, 416] float32``, found and opened ``[N] bool``, emotion, split, corpus and person ``[N] str``, valence
and weight ``[N] float32``. ``voices.npz``, one row an utterance: vectors and
reference_vectors ``[sum T, 56]`` and speech ``[sum T]``, all float32, offsets ``[N + 1]``, layer
``[N, 384]`` (its mean, for `fsrf.data.tones`), corpus, speaker, emotion and split ``[N] str``, valence and
weight ``[N] float32``, variant ``[N] int8`` (0 as recorded, others worsened).
`fsrf train` adds the voices of `tools.corpora.synthetic_voices`.
Reference vectors are less the person's own neutral face or usual voice. Valence is NaN for an emotion without
one.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from fsrf_live.fsrf.data.packs import save_pack
from fsrf_live.tools.corpora.faces import FACES_PACK, face_pack, read_faces
from fsrf_live.tools.corpora.voices import VOICES_PACK, read_surroundings, read_voices, voice_pack


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the packs."""
    parser = argparse.ArgumentParser(description="Turn corpora of faces and voices into feature packs.")
    parser.add_argument(
        "data", type=Path, help=f"folder with {FACES_PACK}, {VOICES_PACK} and the corpora's tar files"
    )
    parser.add_argument("packs", type=Path, help="folder for faces.npz and voices.npz")
    parser.add_argument("--only", choices=("faces", "voices"))
    parser.add_argument("--variants", type=int, default=2, help="worsened copies of each training utterance")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    options.packs.mkdir(parents=True, exist_ok=True)
    if options.only != "voices":
        save_pack(options.packs / "faces.npz", face_pack(read_faces(options.data), options.workers))
    if options.only != "faces":
        voices = read_voices(options.data)
        around = read_surroundings(options.data, voices)
        pack = voice_pack(voices, around, options.variants, options.workers)
        save_pack(options.packs / "voices.npz", pack)


if __name__ == "__main__":
    main()
