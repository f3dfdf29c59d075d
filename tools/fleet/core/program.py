"""What a program is, as far as its readings depend on it: those of two programs do not compare."""

import hashlib

ProgramTerms = tuple[tuple[str, str], ...]
"""What readings depend on, as version and checkpoint: each by its name."""
_SHOWN = 12


def signature_for(terms: ProgramTerms) -> str:
    """The same for two programs whose readings compare."""
    return hashlib.sha256(repr(sorted(terms)).encode()).hexdigest()[:16]


def program_difference(ours: ProgramTerms, theirs: ProgramTerms) -> tuple[str, str, str]:
    """The first part in which two programs differ: its name, and what each has."""
    here, there = dict(ours), dict(theirs)
    part = next(part for part in (*here, *there) if here.get(part) != there.get(part))
    return part, here.get(part, "none")[:_SHOWN], there.get(part, "none")[:_SHOWN]
