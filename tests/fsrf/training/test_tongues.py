from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from fsrf_live.fsrf.common.config import ModalityConfig, ModelConfig
from fsrf_live.fsrf.network.model import FSRF
from fsrf_live.fsrf.network.tongues import TAPS, TokenMap
from fsrf_live.fsrf.training.tongues import Lessons, Said, TonguesConfig, padded, said_of, teach

WIDTH, TEXTS = 6, 60
CONFIG = TonguesConfig(hidden=8, learning_rate=0.01, steps=200, batch=4)


@pytest.fixture(scope="module")
def network() -> FSRF:
    torch.manual_seed(0)
    text = ModalityConfig(8, WIDTH, hidden=8)
    return FSRF(ModelConfig(text=text, width=8, heads=2, fusion_layers=1, dropout=0.0)).eval()


@pytest.fixture(scope="module")
def english() -> list[NDArray[np.float16]]:
    random = np.random.default_rng(0)
    return [random.normal(0, 1, (1 + at % 5, WIDTH)).astype(np.float16) for at in range(TEXTS)]


@pytest.fixture(scope="module")
def teacher(network: FSRF, english: list[NDArray[np.float16]]) -> Said:
    with torch.inference_mode():
        return said_of(network, *padded(english))


def in_another_tongue(vectors: NDArray[np.float16]) -> NDArray[np.float16]:
    """The same, in other words: turned round, in another place and another size, among what says nothing."""
    return np.concatenate([vectors * 0, vectors * 0 + 1, vectors[:, ::-1] * 0.1 + 2], -1).astype(np.float16)


def lessons_of(english: list[NDArray[np.float16]]) -> Lessons:
    assert len(TAPS) == 3
    nobody = np.full(TEXTS, -1)
    return Lessons([in_another_tongue(each) for each in english], np.arange(TEXTS), nobody)


def difference(network: FSRF, token_map: TokenMap, lessons: Lessons, teacher: Said) -> float:
    vectors, mask = padded(lessons.tapped)
    with torch.inference_mode():
        view = said_of(network, token_map(vectors), mask).view
    return float(((view - teacher.view) ** 2).mean() / teacher.view.var(0).mean())


def test_what_is_taught_is_what_the_teacher_says_and_the_network_stays(
    network: FSRF, english: list[NDArray[np.float16]], teacher: Said
) -> None:
    lessons, lines = lessons_of(english), list[str]()
    before = [value.clone() for value in network.state_dict().values()]
    untaught = teach(network, lessons, teacher, replace(CONFIG, steps=0), lines.append)
    taught = teach(network, lessons, teacher, CONFIG, lines.append)
    again = teach(network, lessons, teacher, CONFIG, lambda line: None)
    assert difference(network, taught, lessons, teacher) < 0.5 * difference(
        network, untaught, lessons, teacher
    )
    assert all(map(torch.equal, taught.state_dict().values(), again.state_dict().values()))
    assert all(map(torch.equal, before, network.state_dict().values()))
    assert [line.split(":")[0] for line in lines] == ["step 200 of 200"]


def test_texts_without_an_original_teach_by_their_labels(
    network: FSRF, english: list[NDArray[np.float16]], teacher: Said
) -> None:
    labels = np.arange(TEXTS) % 3
    tapped = [in_another_tongue(each + 4 * (label - 1)) for each, label in zip(english, labels, strict=True)]
    lessons = Lessons(tapped, np.full(TEXTS, -1), labels)
    vectors, mask = padded(tapped)

    def right(token_map: TokenMap) -> float:
        """Mean probability of the labels."""
        with torch.inference_mode():
            logits = said_of(network, token_map(vectors), mask).logits
        classes = (logits / network.temperature[1]).softmax(-1) @ network.bins.shares
        return float(classes[torch.arange(TEXTS), torch.from_numpy(labels)].mean())

    untaught = teach(network, lessons, teacher, replace(CONFIG, steps=0), lambda line: None)
    taught = teach(network, lessons, teacher, CONFIG, lambda line: None)
    assert right(taught) > right(untaught) + 0.004  # the answers of an untrained network hardly move
