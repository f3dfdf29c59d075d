"""What was found, as docs/gpu.md. Pure, and of the standard library alone."""

from collections.abc import Mapping, Sequence

Rows = Sequence[Mapping[str, object]]
Told = tuple[str, str, str, float, str]
"""A step: its name, what it is about, how it ended, its seconds, and why if it is not done."""

WITHOUT_A_CARD = """\
## Without a card

On a CPU-only machine, with TensorRT for RTX 1.7.1: real plans compile for SM75 (fp16 only), SM80, SM86, SM89,
SM120 and SM121, and a portable one; their names, shapes, types, cache entries and refusals are tested
(`tests/engines`); running them is tested against a fake driver only. TensorRT for RTX compiles a plan's
kernels for the card at its first run, and the network's are kept beside the plan for the second start
(the text encoder's are not).
"""
_TABLES = {
    "parity": ("Largest difference from torch on the CPU", ("way", "windows", "differs", "allowed")),
    "latency": (
        "One window, all seven subsets, ms; device time is by CUDA events, with both copies for TensorRT and "
        "without for torch",
        ("way", "runs", "wall p50", "wall p90", "wall p99", "device p50", "device p90", "device p99"),
    ),
    "throughput": ("Windows a second, by windows a call", ("way", "batch", "windows/s", "ms a call")),
    "training": (
        "A step of the network by AdamW on random windows, without losses between views and loading of data",
        ("way", "batch", "steps/s", "ms p50"),
    ),
}


def page_of(steps: Sequence[Told], rows: Mapping[str, Rows], notes: Sequence[str]) -> str:
    """The page in Markdown: what ran with its figures, and what did not with its reason."""
    facts = {str(row["fact"]): str(row["value"]) for row in rows.get("facts", ()) if "fact" in row}
    lines = [
        "# On a GPU",
        "",
        "Written by `python -m benchmarks.gpu`; `make test-gpu` runs the tests.",
        "",
    ]
    lines += [f"- {name}: {value}" for name, value in facts.items()]
    if not _ran_on_card(rows):
        lines += ["", "**Nothing has run on a GPU here.**"]
    for name, (title, columns) in _TABLES.items():
        found = [row for row in rows.get(name, ()) if "refused" not in row]
        if found:
            lines += ["", f"## {name.capitalize()}", "", f"{title}.", "", *_table(columns, found)]
    lines += ["", "## What ran, and what did not", ""]
    steps_table = [
        {"step": name, "what": about, "how": how, "seconds": f"{seconds:.0f}"}
        for name, about, how, seconds, _ in steps
    ]
    lines += _table(("step", "what", "how", "seconds"), steps_table)
    refused = [
        f"- {name}, {row['way']}: {row['refused']}"
        for name in _TABLES
        for row in rows.get(name, ())
        if "refused" in row
    ]
    reasons = [f"- {name}: {_plain(why)}" for name, _, _, _, why in steps if why]
    told = [*reasons, *map(_plain, refused), *(f"- {_plain(note)}" for note in notes)]
    lines += ["", *told] if told else []
    return "\n".join([*lines, "", WITHOUT_A_CARD])


def _ran_on_card(rows: Mapping[str, Rows]) -> bool:
    return any(row.get("card") and "refused" not in row for name in _TABLES for row in rows.get(name, ()))


def _table(columns: Sequence[str], rows: Rows) -> list[str]:
    """A table; what a row lacks is a dash."""
    cells = [[_plain(str(row.get(column, "-"))) for column in columns] for row in rows]
    return [f"| {' | '.join(line)} |" for line in (columns, ["---"] * len(columns), *cells)]


def _plain(text: str) -> str:
    """On one line, and no cell's end."""
    return " ".join(text.split()).replace("|", "/")
