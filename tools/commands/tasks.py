"""Tasks by their names in ``fsrf train`` and ``fsrf evaluate``."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fsrf_live.fsrf.common.errors import UsageError

if TYPE_CHECKING:
    from argparse import Namespace

    from fsrf_live.fsrf.data.mosi import TextVectors
    from fsrf_live.fsrf.research.experiments.task import Task

FROM_FILE = ("mosi", "mosei", "sims")
MOSI_PACK = Path("mosi") / "mosi_utterance.npz"
MOSI_NOTE = (
    "An utterance is seen among the seven before and after it in its video; missing frames are missing "
    "utterances around it."
)
ERASURE_NOTE = (
    "The pack's video vectors come from a network that was trained on the labels of this split's training "
    "videos, of which validation is a part. A regressor's answers for training videos that it has not seen "
    "correlate with their labels by {found:.2f}, those for test videos hardly: a model trained on these "
    "vectors is misled, and validation cannot show it. So the directions that predict the labels are erased, "
    "for all models equally: found on training rows alone, until a regressor finds nothing in training "
    "videos to which neither it nor the directions were fitted ({remains:.2f}; {left} of {rank} directions "
    "are left). Genuine evidence in the video, if any, is erased too, so expect chance of it."
)
OFFICIAL_NOTES = (
    "Text is the only evidence on this split: the pack's video leaks and is left out, audio is at chance.",
)


def names() -> tuple[str, ...]:
    """All names but ``live``."""
    return (*FROM_FILE, *(name for name in _FROM_DATA if name not in FROM_FILE))


def task_of(args: "Namespace") -> "Task":
    """The task of ``WHAT [FILE]`` and ``--data``; raises UsageError if one of them is missing."""
    if args.file is not None:
        if args.what not in FROM_FILE:
            raise UsageError(f"{args.what} takes no FILE; those that do are {', '.join(FROM_FILE)}")
        if args.data is not None:
            raise UsageError(f"{args.what} is read from FILE or from --data: leave one of them out")
        return _from_file(args.what, Path(args.file))
    if args.what not in _FROM_DATA:
        raise UsageError(f"{args.what} needs its feature file in MMSA's layout: fsrf ... {args.what} FILE")
    if args.data is None:
        raise UsageError(f"{args.what} needs --data, the folder of the corpora (see docs/data.md)")
    return _FROM_DATA[args.what](args)


def _from_file(name: str, path: Path) -> "Task":
    from fsrf_live.fsrf.data.mmsa import load_mmsa
    from fsrf_live.fsrf.research.experiments.tasks import utterance_task

    return utterance_task(load_mmsa(path, name), f"{name.upper()} from {path.name}, the file's own splits.")


def _mosi(args: "Namespace") -> "Task":
    from fsrf_live.fsrf.data.mosi import load_mosi
    from fsrf_live.fsrf.research.experiments.tasks import utterance_task

    corpus, erasure = load_mosi(_pack(args), _transcripts(args))
    about = (
        "CMU-MOSI, bc-LSTM split (Poria et al., ACL 2017), utterances of one video as context. Text: the "
        "transcripts by the checkpoint's text encoder; audio and video: the pack's vectors."
    )
    erased = ERASURE_NOTE.format(
        found=erasure.found, remains=erasure.remains, left=erasure.left, rank=erasure.rank
    )
    return utterance_task(corpus, about, (MOSI_NOTE, erased))


def _mosi_official(args: "Namespace") -> "Task":
    from fsrf_live.fsrf.data.mosi import load_mosi_official
    from fsrf_live.fsrf.research.experiments.tasks import utterance_task

    about = (
        "CMU-MOSI, official split. Text: the transcripts by the checkpoint's text encoder, which was adapted "
        "to sentiment on other corpora; audio: the pack's."
    )
    corpus = load_mosi_official(_pack(args), _transcripts(args))
    return utterance_task(corpus, about, (MOSI_NOTE, *OFFICIAL_NOTES))


def _composed(args: "Namespace") -> "Task":
    from fsrf_live.fsrf.common.checkpoint import read_checkpoint
    from fsrf_live.fsrf.research.experiments.composed import composed_task
    from fsrf_live.stream.reading.loading import checkpoint_path
    from fsrf_live.tools.corpora.packs import packs_of

    adapter = read_checkpoint(checkpoint_path(None)).group("adapter")
    return composed_task(packs_of(args, adapter))


def _pack(args: "Namespace") -> Path:
    return Path(args.data) / MOSI_PACK


def _transcripts(args: "Namespace") -> "TextVectors":
    """Vectors of transcripts by the text encoder of the checkpoint that ships."""
    from fsrf_live.engines.text.encoder import SentenceTransformersEncoder
    from fsrf_live.fsrf.common.checkpoint import read_checkpoint
    from fsrf_live.fsrf.data.mosi import mean_vectors
    from fsrf_live.stream.reading.loading import checkpoint_path

    checkpoint = read_checkpoint(checkpoint_path(None))
    encoder = SentenceTransformersEncoder(checkpoint.group("adapter") or None, checkpoint.config.text.length)
    return mean_vectors(encoder.encode)


_FROM_DATA: "dict[str, Callable[[Namespace], Task]]" = {
    "mosi": _mosi,
    "mosi-official": _mosi_official,
    "composed": _composed,
}
