"""Which people and texts are kept from training, and how they are put to a checkpoint."""

import csv
import gzip
import io
import tarfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.tools.corpora.examination import (
    Question,
    face_cases,
    kept,
    opinion_cases,
    text_cases,
    voice_cases,
)


def write_table(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
    data = text.getvalue().encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def write_corpora(manifest: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """A manifest, and the tar of each corpus; a file is a picture, and holds its own name."""
    picture = cv2.imencode(".png", np.full((4, 4, 3), 200, np.uint8))[1].tobytes()
    for corpus in {row["corpus"] for row in rows}:
        with tarfile.open(manifest.parent / f"{corpus}.tar", "w") as packed:
            for row in rows:
                if row["corpus"] == corpus:
                    member = tarfile.TarInfo(row["file"])
                    content = picture + row["file"].encode()
                    member.size = len(content)
                    packed.addfile(member, io.BytesIO(content))
    return write_table(manifest, rows)


def face(corpus: str, person: str, emotion: str) -> dict[str, str]:
    return {
        "file": f"{corpus}/{person}_{emotion}.jpg",
        "corpus": corpus,
        "person": person,
        "emotion": emotion,
        "age": "23",
        "gender": "female",
        "group": "east_asian",
    }


def voice(corpus: str, speaker: str, emotion: str) -> dict[str, str]:
    return {
        "file": f"{corpus}/{speaker}_{emotion}.ogg",
        "corpus": corpus,
        "speaker": speaker,
        "emotion": emotion,
    }


def groups(cases: Sequence[Question]) -> Counter[str]:
    return Counter(case.group for case in cases)


def test_a_fifth_of_the_people_is_kept_always_the_same_and_few_are_kept_whole() -> None:
    people = [f"person{n}" for n in range(1000)]
    fifth = {who for who in people if kept("london", len(people), who)}
    assert 150 < len(fifth) < 250
    assert fifth == {who for who in people if kept("london", 500, who)}
    assert fifth != {who for who in people if kept("genki4k", 500, who)}
    assert all(kept("yale", 11, who) for who in people[:11])


def test_faces_are_asked_by_themselves_and_against_words(tmp_path: Path) -> None:
    rows = [
        face("yale", "p1", "neutral"),
        face("london", "p1", "happiness"),
        face("masks", "p1", "unlabelled"),
    ]
    cases = list(face_cases(write_corpora(tmp_path / "manifest2.csv.gz", rows), tmp_path))
    assert groups(cases) == {
        "resting face: yale": 1,
        "mild smile: london": 1,
        "darkened skin": 2,
        "clear words against a face": 3,
        "a modality taken away": 4,
    }
    rest = next(case for case in cases if case.group == "resting face: yale")
    assert rest.job.media is not None
    assert rest.job.media.read_bytes().endswith(b"yale/p1_neutral.jpg")
    assert rest.traits == ("female", "east asian", "aged 20 to 39")
    dark = next(case for case in cases if case.group == "darkened skin")
    assert dark.job.media is not None
    assert np.asarray(cv2.imread(str(dark.job.media))).mean() < 120
    taken = [case for case in cases if case.group == "a modality taken away"]
    assert {tuple(case.job.without) for case in taken} == {("text",), ("video",)}
    assert all(case.before is not None and not case.before.without for case in taken)


def test_voices_are_asked_without_words_and_sounds_also_with_what_is_recognised(tmp_path: Path) -> None:
    rows = [
        voice("ami", "s1", "unlabelled"),
        voice("korean", "s1", "unlabelled"),
        voice("korean", "s2", "angry"),
        voice("tess", "s1", "surprised"),
        voice("nonverbal", "s1", "laughing"),
    ]
    cases = list(voice_cases(write_corpora(tmp_path / "manifest2.csv.gz", rows), tmp_path))
    assert groups(cases) == {
        "natural voice: ami": 1,
        "natural voice: korean": 1,
        "new speakers: korean": 1,
        "no speech": 1,
        "no speech, recognised": 1,
        "laughter": 1,
        "laughter, recognised": 1,
    }
    assert all((case.job.without == {"text"}) != case.group.endswith("recognised") for case in cases)


def test_only_texts_that_are_kept_are_asked(tmp_path: Path) -> None:
    behaviour = [
        {"id": "1", "capability": "short replies", "text": "Great.", "expectation": "pos"},
        {"id": "2", "capability": "issue thread a/b#1", "text": "Fine.", "expectation": "noneg"},
        {"id": "3", "capability": "scale: graded chains", "text": "good", "expectation": "chain"},
    ]
    write_table(tmp_path / "behaviour.csv", behaviour)
    term = {"text": "blind", "role": "term", "kind": "ability", "is": "blind", "split": "train"}
    template = {"text": "He is {is}.", "role": "template", "kind": "is", "is": "", "split": "dev"}
    write_table(tmp_path / "identity.csv.gz", [term, template])
    for name, more in {
        "emobank": {"text": "It rained."},
        "facts": {"text": "He died.", "bad": "died"},
        "service": {"text": "My battery is dead.", "kind": "charged"},
        "uci_negated": {"text": "not good", "negated": "1", "of": "positive"},
    }.items():
        rows = [{"id": f"{name}{n}", **more, "split": split} for n, split in enumerate(("dev", "train"))]
        write_table(tmp_path / f"{name}.csv.gz", rows)
    cases = list(text_cases(tmp_path))
    assert groups(cases) == {
        "behaviour: short replies": 1,
        "behaviour: issue threads": 1,
        "identity terms": 3,
        "'Thank you.' after": 1,
        "'Hello,' before": 1,
        "facts with bad words": 1,
        "service, charged": 1,
        "negated, was positive": 1,
    }
    thanked = next(case for case in cases if case.group == "'Thank you.' after")
    assert (thanked.job.text, thanked.before and thanked.before.text) == (
        "It rained. Thank you.",
        "It rained.",
    )
    assert "He is blind." in [case.job.text for case in cases]


def test_opinions_are_asked_as_lines_with_their_rating(tmp_path: Path) -> None:
    pack = tmp_path / "mosi_utterance.npz"
    label = np.array([2.4, -1.0], np.float32)
    np.savez(pack, video=np.array(["v1", "v2"]), transcript=np.array(["IT WAS GOOD", "NO"]), label=label)
    cases = list(opinion_cases(pack))
    assert [(case.person, case.truth, case.job.text) for case in cases] == [
        ("v1", "2.4", "IT WAS GOOD"),
        ("v2", "-1", "NO"),
    ]


@pytest.mark.parametrize("damage", ["no manifest", "not packed", "no tar", "no member"])
def test_a_corpus_that_cannot_be_read_is_named(tmp_path: Path, damage: str) -> None:
    manifest = write_corpora(tmp_path / "manifest2.csv.gz", [face("yale", "p1", "neutral")])
    if damage == "no manifest":
        manifest.unlink()
    elif damage == "not packed":
        manifest.write_text("file,corpus\n")
    elif damage == "no tar":
        (tmp_path / "yale.tar").unlink()
    else:
        write_table(manifest, [face("yale", "p2", "neutral")])
    with pytest.raises(DataError, match="cannot be read"):
        list(face_cases(manifest, tmp_path))
