"""What a network answers: the names, the order and the shapes, in torch, in files and in every engine."""

from typing import Generic, NamedTuple, TypeVar

from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSETS

_Array = TypeVar("_Array")


class Answers(NamedTuple, Generic[_Array]):
    """Answers to B windows for every availability subset, all float32.

    score ``[B, 7]`` within the config's range; probabilities ``[B, 7, 3]`` (negative, neutral, positive);
    interval ``[B, 7, 2]`` (90 %, low and high); recovery ``[B, 7, 3]`` in [0, 1]: how far the recovery of
    each missing modality may be trusted (1 for an available one).
    """

    score: _Array
    probabilities: _Array
    interval: _Array
    recovery: _Array


ANSWER_AXES: Answers[tuple[int, ...]] = Answers(
    score=(len(SUBSETS),),
    probabilities=(len(SUBSETS), 3),
    interval=(len(SUBSETS), 2),
    recovery=(len(SUBSETS), len(MODALITIES)),
)
"""The shape of each answer behind the axis of windows."""
