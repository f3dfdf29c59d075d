"""Losses on distributions over score bins, one value a row; logits ``[..., bins]``."""

import torch
from torch import Tensor
from torch.nn import functional


def bin_cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy ``[...]`` against target distributions ``[..., bins]``."""
    return -(target * functional.log_softmax(logits, dim=-1)).sum(-1)


def distillation_kl(student: Tensor, teacher: Tensor) -> Tensor:
    """KL(teacher ‖ student) ``[...]`` of two sets of logits; the teacher gets no gradient."""
    wanted = functional.log_softmax(teacher.detach(), dim=-1)
    return (wanted.exp() * (wanted - functional.log_softmax(student, dim=-1))).sum(-1)


def class_cross_entropy(logits: Tensor, shares: Tensor, label: Tensor) -> Tensor:
    """-log of the mass of the true class ``[...]``: labels ``[...] int64``, bin shares ``[bins, C]``."""
    mass = torch.softmax(logits, dim=-1) @ shares
    own = mass.gather(-1, label[..., None]).squeeze(-1)
    return -torch.log(own.clamp_min(1e-6))


def reliability_loss(reliability: Tensor, guess: Tensor, truth: Tensor) -> Tensor:
    """Squared error ``[...]`` of a foretold agreement: cosine of ``[..., d]`` guess and truth, cut to [0, 1].

    Neither guess nor truth gets a gradient: the reliability learns to judge, not to please.
    """
    agreement = functional.cosine_similarity(guess.detach(), truth.detach(), dim=-1).clamp(0, 1)
    return (reliability - agreement) ** 2
