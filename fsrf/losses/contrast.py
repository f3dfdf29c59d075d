"""InfoNCE (van den Oord et al. 2018): one sample's parts find each other among those of all samples."""

import torch
from torch import Tensor
from torch.nn import functional


def info_nce(x: Tensor, y: Tensor, temperature: float = 0.1) -> Tensor:
    """Symmetric contrast of ``[N, d]`` rows: row i of x belongs to row i of y; ln N if nothing is shared."""
    similarity = functional.normalize(x, dim=-1) @ functional.normalize(y, dim=-1).T / temperature
    own = torch.arange(len(x), device=x.device)
    return 0.5 * (functional.cross_entropy(similarity, own) + functional.cross_entropy(similarity.T, own))
