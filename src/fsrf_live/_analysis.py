"""`fsrf_live.analyze` and `fsrf_live.load_engine`."""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from fsrf_live.engines.common.contract import Engine
from fsrf_live.fsrf.common.aliases import FileName
from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.stream.clips.job import Job
from fsrf_live.stream.clips.jobs import job_of
from fsrf_live.stream.clips.offline import open_offline
from fsrf_live.stream.flow.records import Record
from fsrf_live.stream.reading.loading import EngineChoice, checked_choice, checkpoint_path, load_engine_of
from fsrf_live.stream.sources.decoding import probe
from fsrf_live.stream.speech.added import added_recogniser
from fsrf_live.stream.speech.opening import DEFAULT_LANGUAGE, language_of_text, recogniser_for
from fsrf_live.stream.speech.recogniser import Recogniser


def analyze(
    media: FileName | None = None,
    *,
    text: str | None = None,
    captions: FileName | None = None,
    recognise: bool | str | Callable[[], Recogniser] = False,
    language: str | None = None,
    without: Collection[Modality] = (),
    engine: str | Engine = "auto",
    checkpoint: FileName | None = None,
) -> Iterator[Record]:
    """Analyse a video, a sound file, a picture, or a text alone, as fast as the machine goes.

        for record in fsrf_live.analyze("talk.mp4"):
            print(record)
        *_, summary = fsrf_live.analyze(text="I loved every minute of it")

    What is said comes from `text`, from the file `captions` (one beside the media is found by itself), or is
    recognised: `recognise` is True, the name of a recogniser that a package adds, or what loads one of yours.
    `language` is a two-letter code or ``"auto"``, by default English for speech; that of text is then told.
    `without` leaves modalities out (``"video"``, ``"audio"``, ``"text"``) as if they were missing. `engine`
    may be one that `load_engine` gave, so that many files load it once.

    What is wrong with the arguments raises now: UsageError, MediaError or CheckpointError. The engine is
    loaded with the first record, which may raise EngineError. All of them are `FsrfError`.
    """
    if media is None and text is None and captions is None:
        raise UsageError("nothing to analyse: give media, text or captions")
    unknown = sorted(set(without) - set(MODALITIES))
    if unknown:
        raise UsageError(f"unknown modality {unknown[0]!r}: choose from {', '.join(MODALITIES)}")
    recogniser, written = _recogniser(recognise, language), language_of_text(language)
    hear = recogniser is not None
    job = job_of(_path(media), text, _path(captions), frozenset(without), hear=hear, language=written)
    if job.media is not None:
        probe(job.media)
    return _records(job, checked_choice(engine, checkpoint, language=language), recogniser)


def load_engine(engine: str = "auto", checkpoint: FileName | None = None, *, batch: int = 1) -> Engine:
    """Load a trained FSRF, checked against the reference, to use on arrays or to give to `analyze`.

        engine = fsrf_live.load_engine("onnx")
        outputs = engine.run(inputs)

    ``auto`` takes the fastest engine that works here, `batch` is the number of windows in a call, and
    `checkpoint` is a file made by ``fsrf train``, by default the one that ships. The first load of a
    checkpoint compiles it, which takes seconds. Raises CheckpointError and EngineError.
    """
    return load_engine_of(EngineChoice(engine, checkpoint_path(checkpoint)), batch)


def _records(job: Job, choice: EngineChoice, recogniser: Callable[[], Recogniser] | None) -> Iterator[Record]:
    reads = recogniser is not None or bool(job.text or job.captions)
    with open_offline(choice, recogniser, warm_text=reads) as offline:
        yield from offline.analyze(job)


def _recogniser(
    recognise: bool | str | Callable[[], Recogniser], language: str | None
) -> Callable[[], Recogniser] | None:
    if isinstance(recognise, str):
        return added_recogniser(recognise)
    if isinstance(recognise, bool):
        return recogniser_for(language or DEFAULT_LANGUAGE) if recognise else None
    return recognise


def _path(name: FileName | None) -> Path | None:
    return None if name is None else Path(name)
