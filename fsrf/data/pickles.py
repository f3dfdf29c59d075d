"""Read a pickle that somebody else published without running what it says.

MMSA's feature files are pickles of dictionaries, lists, strings, numbers and numpy arrays. Only the names
that those need are resolved; a file that asks for anything else is refused before it can do anything.
"""

import pickle
from pathlib import Path
from typing import Any

from fsrf_live.fsrf.common.errors import DataError

ALLOWED = frozenset(
    {
        ("numpy", "dtype"),
        ("numpy", "ndarray"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("numpy.core.multiarray", "scalar"),
        ("numpy.core.numeric", "_frombuffer"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "scalar"),
        ("numpy._core.numeric", "_frombuffer"),
        ("_codecs", "encode"),
    }
)


class RestrictedUnpickler(pickle.Unpickler):
    """Resolves the names in `ALLOWED` and no other."""

    def find_class(self, module: str, name: str) -> Any:
        """Resolve a name of the pickle; raises UnpicklingError if it is not an array's."""
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no array needs")
        # numpy renamed its core package in version 2: either name of a file must work with either numpy
        try:
            return super().find_class(module, name)
        except ModuleNotFoundError:
            return super().find_class(module.replace("numpy._core", "numpy.core"), name)


def read_pickle(path: Path) -> Any:
    """Read plain data and numpy arrays; raises DataError for any other content or a damaged file."""
    try:
        with path.open("rb") as file:
            return RestrictedUnpickler(file, encoding="latin-1").load()
    except FileNotFoundError:
        raise DataError(
            f"{path} does not exist: name the feature file (for example unaligned_50.pkl)"
        ) from None
    except (
        pickle.UnpicklingError,
        EOFError,
        ValueError,
        TypeError,
        IndexError,
        KeyError,
        AttributeError,
    ) as error:
        raise DataError(f"{path} is not a feature file that can be read safely: {error}") from error
