"""Maximum mean discrepancy (Gretton et al. 2012) with several widths (as in Li et al. 2015)."""

import torch
from torch import Tensor

from fsrf_live.fsrf.training.losses.kernels import median_width, radial, squared_distances

WIDTHS = (0.25, 0.5, 1.0, 2.0, 4.0)


def mmd(student: Tensor, target: Tensor) -> Tensor:
    """MMD² of two samples ``[N, d]`` and ``[M, d]``, at least 0; the target gets no gradient."""
    target = target.detach()
    across = squared_distances(student, target)
    within_student, within_target = squared_distances(student, student), squared_distances(target, target)
    median = median_width(across)
    total = across.new_zeros(())
    for factor in WIDTHS:
        width = median * factor
        near = radial(within_student, width).mean() + radial(within_target, width).mean()
        total = total + near - 2 * radial(across, width).mean()
    return torch.relu(total) / len(WIDTHS)
