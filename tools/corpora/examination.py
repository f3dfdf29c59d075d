"""People and texts that training never saw, put to a checkpoint as a user would put them: as files and lines.

Of each corpus of faces and voices a fifth of the people is kept for this, by a hash of the corpus and the
person (`kept`); a corpus of fewer than `FEW` people is kept whole, for a fifth of them would tell nothing.
Of the texts the rows marked ``dev`` are, and CMU-MOSI's transcripts, all of them.
"""

import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.fsrf.data.mosi import read_arrays
from fsrf_live.fsrf.data.tars import packed_files
from fsrf_live.fsrf.evaluation.people import (
    BEHAVIOUR,
    MIXED,
    NEVER_HEARD,
    NEW_VOICES,
    NOT_NEGATIVE,
    NOTHING,
    OPINIONS,
    RESTING,
    TALK,
    Judged,
    Verdict,
)
from fsrf_live.stream.clips.job import Job
from fsrf_live.stream.clips.offline import Offline
from fsrf_live.stream.flow.records import Summary

FACES, VOICES, TEXTS = "faces/manifest2.csv.gz", "audio/manifest2.csv.gz", "text"
OPINIONS_FILE = "mosi/mosi_utterance.npz"
FEW = 12
FIFTH = 5
MOST_OF_A_GROUP = 400
"""Pictures, sounds or texts of one group; more would tell no more and take longer."""
_MOST_CONFLICTS = 50
_YEARS = 20
_DARKENED = {"mild smile: london"}
_SEED = 20_261_129

CLASSES = {
    "neutral": "neutral", "calm": "neutral", "unlabelled": "neutral", "no_smile": "neutral",
    "happy": "positive", "happiness": "positive", "smile": "positive",
    "angry": "negative", "anger": "negative", "sad": "negative", "sadness": "negative", "fearful": "negative",
    "disgust": "negative",
}  # fmt: skip
"""The class of an emotion. Natural talk without a label counts as neutral."""
_EXPECTED = {
    "pos": "positive",
    "neg": "negative",
    "neu": "neutral",
    "noneg": NOT_NEGATIVE,
    "mix": MIXED,
    "nul": NOTHING,
}
_FACES = {
    ("london", "neutral"): RESTING + "london",
    ("canada", "neutral"): RESTING + "canada",
    ("sk3d", "neutral"): RESTING + "sk3d",
    ("yale", "neutral"): RESTING + "yale",
    ("london", "happiness"): "mild smile: london",
    ("genki4k", "smile"): "smile: genki4k",
    ("genki4k", "no_smile"): "no smile: genki4k",
    ("muxspace", "anger"): "photo: anger",
    ("muxspace", "sadness"): "photo: sadness",
}
_NATURAL = {(corpus, "unlabelled") for corpus in ("ami", "korean", "voxceleb")} | {("fsdd", "neutral")}
_ACTED = {
    "ased": NEW_VOICES,
    "emospeech": NEW_VOICES,
    "korean": NEW_VOICES,
    "tess": NEVER_HEARD,
    "turev": NEVER_HEARD,
}
_IDENTITY = ("The new colleague is {is}.", "Someone on the bus said that the driver is {is}.")
_CLEAR = {
    "negative": (
        "I hate you, you are disgusting.",
        "This is the worst thing that anybody ever did to me.",
        "I am furious, and I never want to see you again.",
    ),
    "positive": (
        "I love you, you are wonderful.",
        "This is the best thing that anybody ever did for me.",
        "I am so happy, I could sing all day.",
    ),
}
_FORMULAS: Mapping[str, Callable[[str], str]] = {
    "'Thank you.' after": lambda text: f"{text} Thank you.",
    "'Hello,' before": lambda text: f"Hello, {text}",
}
_Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: as in `Judged`, with the job that a user would give, and perhaps the one to compare.

    `traits` are what the corpus says of the person.
    """

    group: str
    person: str
    truth: str
    job: Job
    before: Job | None = None
    traits: tuple[str, ...] = ()


def kept(corpus: str, people: int, person: str) -> bool:
    """Whether training must leave out a person of a corpus of so many people."""
    return people < FEW or zlib.crc32(f"{corpus}/{person}".encode()) % FIFTH == 0


def kept_people(rows: Iterable[Mapping[str, str]], person: str) -> set[tuple[str, str]]:
    """Corpus and name, which stands in column `person`, of everybody in all rows who is so."""
    everybody = {(row["corpus"], row[person]) for row in rows}
    people = Counter(corpus for corpus, _ in everybody)
    return {(corpus, who) for corpus, who in everybody if kept(corpus, people[corpus], who)}


def corpus_rows(path: Path, columns: Sequence[str], holds: str) -> list[tuple[int, dict[str, str]]]:
    """A manifest's rows with their numbers, the first line of the file being 1; raises DataError.

    Every row has a value in each of `columns`; `holds` names what the folder of the corpora should hold.
    """
    if not path.is_file():
        raise DataError(f"{path} does not exist: give the folder that holds {holds}")
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            rows = list(enumerate(csv.DictReader(file), start=2))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise DataError(f"{path} cannot be read ({error}): get the file again") from error
    if not rows:
        raise DataError(f"{path} has no rows: get the file again")
    for number, row in rows:
        missing = [column for column in columns if not row.get(column)]
        if missing:
            raise DataError(f"{path}, row {number} has no {missing[0]}: get the file again")
    return rows


class Examiner:
    """Puts questions to a checkpoint. What two of them ask alike is asked once."""

    def __init__(self, offline: Offline) -> None:
        self._offline = offline
        self._known: dict[Job, Verdict] = {}

    def put(self, case: Question) -> Judged:
        """The answer, and the one to compare with."""
        before = None if case.before is None else self._answer(case.before)
        return Judged(case.group, case.person, case.truth, self._answer(case.job), before, case.traits)

    def _answer(self, job: Job) -> Verdict:
        if job not in self._known:
            *_, summary = self._offline.analyze(job)
            assert isinstance(summary, Summary)
            self._known[job] = Verdict(summary.score, summary.low, summary.high, summary.label)
        return self._known[job]


def examine(data: Path, work: Path, examiner: Examiner, say: Callable[[str], None]) -> list[Judged]:
    """Ask everything; files are unpacked into `work`. Raises DataError if a corpus cannot be read."""
    judged: list[Judged] = []
    for name, cases in (
        ("faces", face_cases(data / FACES, work)),
        ("voices", voice_cases(data / VOICES, work)),
        ("texts", text_cases(data / TEXTS)),
        ("spoken opinions", opinion_cases(data / OPINIONS_FILE)),
    ):
        before = len(judged)
        judged += map(examiner.put, cases)
        say(f"{name}: {len(judged) - before} cases")
    return judged


def face_cases(manifest: Path, work: Path) -> Iterator[Question]:
    """Pictures of kept people, by themselves and with words that say the opposite."""
    smiling: list[Path] = []
    sad: list[Path] = []
    for group, rows in chosen(manifest, "person", lambda r: _FACES.get((r["corpus"], r["emotion"]))).items():
        for row, picture in with_files(manifest, rows, work):
            truth = CLASSES[row["emotion"]]
            yield Question(group, row["person"], truth, Job(picture), traits=_traits(row))
            if group in _DARKENED or group.startswith(RESTING):
                yield Question("darkened skin", row["person"], truth, Job(_darker(picture)), Job(picture))
            if truth == "positive":
                smiling.append(picture)
            if row["emotion"] == "sadness":
                sad.append(picture)
    for seen, said, pictures in (("positive", "negative", smiling), ("negative", "positive", sad)):
        for picture in pictures[:_MOST_CONFLICTS]:
            for text in _CLEAR[said]:
                yield Question("clear words against a face", picture.name, said, Job(picture, text=text))
            for text in (_CLEAR[said][0], _CLEAR[seen][0]):
                yield from _taken_away(picture, text, said)


def _traits(row: _Row) -> tuple[str, ...]:
    """What a corpus says of a person; ages in stretches of twenty years."""
    told = [row["gender"], row["group"].replace("_", " ")]
    if row["age"].isdigit():
        from_age = int(row["age"]) // _YEARS * _YEARS
        told.append(f"aged {from_age} to {from_age + _YEARS - 1}")
    return tuple(trait for trait in told if trait)


def _darker(picture: Path) -> Path:
    """A copy with half of the lightness, in CIE L*a*b*, as a darker skin in the same light has; beside it."""
    import cv2

    image = cv2.imread(str(picture))
    if image is None:
        raise DataError(f"{picture} is not a picture: get the corpora again")
    lab = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2LAB), np.uint8)
    lab[..., 0] = lab[..., 0] // 2
    place = picture.with_name(f"darker-{picture.stem}.png")
    cv2.imwrite(str(place), cv2.cvtColor(lab, cv2.COLOR_LAB2BGR))
    return place


def _taken_away(picture: Path, text: str, said: str) -> Iterator[Question]:
    both = Job(picture, text=text)
    taken: tuple[Modality, ...] = ("text", "video")
    for modality in taken:
        less = Job(picture, text=text, without=frozenset([modality]))
        yield Question("a modality taken away", picture.name, said, less, before=both)


def voice_cases(manifest: Path, work: Path) -> Iterator[Question]:
    """Sounds of kept people without their words; if there are none, also with what is recognised."""

    def group_of(row: _Row) -> str | None:
        corpus, emotion = row["corpus"], row["emotion"]
        if corpus == "nonverbal":
            return "no speech"
        if (corpus, emotion) in _NATURAL:
            return TALK + corpus
        return _ACTED[corpus] + corpus if corpus in _ACTED and emotion in CLASSES else None

    for group, rows in chosen(manifest, "speaker", group_of).items():
        for row, sound in with_files(manifest, rows, work):
            job = Job(sound, without=frozenset(["text"]))
            yield Question(group, row["speaker"], CLASSES.get(row["emotion"], NOTHING), job)
            if group == "no speech":
                yield Question("no speech, recognised", row["speaker"], NOTHING, Job(sound))
            if row["emotion"] == "laughing":
                yield Question("laughter", row["speaker"], NOT_NEGATIVE, job)
                yield Question("laughter, recognised", row["speaker"], NOT_NEGATIVE, Job(sound))


def text_cases(folder: Path) -> Iterator[Question]:
    """Texts that are kept, each as a line by itself."""
    for row in _read(folder / "behaviour.csv"):
        expected = _EXPECTED.get(row["expectation"])
        if expected is not None:
            threads = row["capability"].startswith("issue thread")
            kind = "issue threads" if threads else row["capability"]
            yield _line(BEHAVIOUR + kind, row["id"], expected, row["text"])
    yield from _identity(folder)
    plain = _some([r for r in _dev(folder, "emobank") if r["text"].endswith(".")])
    for group, with_formula in _FORMULAS.items():
        for row in plain:
            yield _line(group, row["id"], "neutral", with_formula(row["text"]), before=row["text"])
    for row in _some([r for r in _dev(folder, "facts") if r["bad"]]):
        yield _line("facts with bad words", row["id"], "neutral", row["text"])
    for row in _some([r for r in _dev(folder, "service") if r["kind"] == "charged"]):
        yield _line("service, charged", row["id"], "neutral", row["text"])
    for row in _dev(folder, "uci_negated"):
        if row["negated"] == "1":
            yield _line(f"negated, was {row['of']}", row["id"], row["of"], row["text"])


def opinion_cases(path: Path) -> Iterator[Question]:
    """All transcripts of CMU-MOSI, which no training reads; their truth is the rating as a number."""
    arrays = read_arrays(path, ("video", "transcript", "label"))
    for video, text, label in zip(*(arrays[name].tolist() for name in arrays), strict=True):
        yield _line(OPINIONS, video, f"{label:g}", text)


def _identity(folder: Path) -> Iterator[Question]:
    """Every term in sentences in which it should make no difference."""
    rows = list(_read(folder / "identity.csv.gz"))
    own = [r["text"] for r in _dev(folder, "identity") if (r["role"], r["kind"]) == ("template", "is")]
    for row in rows:
        if row["role"] == "term":
            for template in (*own, *_IDENTITY):
                job = Job(text=template.replace("{is}", row["is"]))
                yield Question("identity terms", row["text"], row["kind"], job, traits=(row["kind"],))


def _line(group: str, person: str, truth: str, text: str, before: str | None = None) -> Question:
    return Question(group, person, truth, Job(text=text), None if before is None else Job(text=before))


def chosen(
    manifest: Path, person: str, group_of: Callable[[_Row], str | None]
) -> dict[str, list[dict[str, str]]]:
    """Rows of kept people by their group, at most `MOST_OF_A_GROUP` of each."""
    rows = list(_read(manifest))
    apart = kept_people(rows, person)
    groups: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        group = group_of(row)
        if group is not None and (row["corpus"], row[person]) in apart:
            groups.setdefault(group, []).append(row)
    return {group: _some(of) for group, of in groups.items()}


def _some(rows: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """At most `MOST_OF_A_GROUP` of them, always the same, in their order."""
    if len(rows) <= MOST_OF_A_GROUP:
        return list(rows)
    chosen = np.random.default_rng(_SEED).choice(len(rows), MOST_OF_A_GROUP, replace=False)
    return [rows[index] for index in sorted(chosen.tolist())]


def with_files(
    manifest: Path, rows: Sequence[dict[str, str]], work: Path
) -> Iterator[tuple[dict[str, str], Path]]:
    """Each row with its file, unpacked from its corpus's tar."""
    for corpus in sorted({row["corpus"] for row in rows}):
        of = [row for row in rows if row["corpus"] == corpus]
        for row, (name, content) in zip(
            of, packed_files(manifest, corpus, [row["file"] for row in of]), strict=True
        ):
            # The names of members are of no concern to the disk: a hash and the suffix will do.
            place = work / f"{zlib.crc32(name.encode()):08x}{Path(name).suffix}"
            place.write_bytes(content)
            yield row, place


def _dev(folder: Path, name: str) -> list[dict[str, str]]:
    return [row for row in _read(folder / f"{name}.csv.gz") if row["split"] == "dev"]


def _read(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a table, packed or not; raises DataError."""
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
        yield from csv.DictReader(io.StringIO(text, newline=""))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise DataError(f"{path} cannot be read ({error}): give the folder that holds it") from error
