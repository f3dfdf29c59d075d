"""The comparison of one task as Markdown: tables of means ± deviations, the ablation, caveats."""

from collections.abc import Mapping

from fsrf_live.fsrf.common.markdown import grid
from fsrf_live.fsrf.common.metrics import constant_floor, three_classes
from fsrf_live.fsrf.common.missing import DEVICE_KINDS
from fsrf_live.fsrf.common.modalities import COMPLETE, SUBSET_NAMES
from fsrf_live.fsrf.research.experiments.contenders import ABLATIONS, BASES, FSRF_NAME
from fsrf_live.fsrf.research.experiments.masks import BOTH, RATES
from fsrf_live.fsrf.research.experiments.summary import Comparison, Difference, Spread


def render_page(summary: Comparison, pictures: Mapping[str, str] | None = None) -> str:
    """All tables of a task; `pictures` are paths of the curve (``rates``) and of ``reliability``."""
    pictures = pictures or {}
    task = summary.task
    parts = [f"## {task.name}", task.about, _counts(summary)]
    parts += [f"- {note}" for note in task.notes]
    parts += [_by_subset(summary), _floor(summary), _complete(summary)]
    parts += _leads(summary) + _conditions(summary)
    if "rates" in pictures:
        parts.append(f"![{task.columns[task.headline]} over missing frames]({pictures['rates']})")
    parts += _ablation(summary) + _intervals(summary)
    if "reliability" in pictures:
        parts.append(f"![Reliability of {FSRF_NAME}'s probabilities]({pictures['reliability']})")
    return "\n\n".join(parts)


def _counts(summary: Comparison) -> str:
    task = summary.task
    sizes = ", ".join(
        f"{len(batch.scores)} {name}"
        for name, batch in (("train", task.train), ("validation", task.valid), ("test", task.test))
    )
    recipe = task.recipe
    return (
        f"{sizes}. Every model: {recipe.epochs} epochs of {recipe.steps} steps of {recipe.composed} samples, "
        f"width {task.config.width}, the epoch chosen on validation. Seeds {_seeds(summary)}: mean ± std."
    )


def _seeds(summary: Comparison) -> str:
    return ", ".join(map(str, summary.seeds))


def _main_models(summary: Comparison) -> list[str]:
    return [model for model in summary.models if model not in ABLATIONS]


def _by_subset(summary: Comparison) -> str:
    task = summary.task
    title = task.columns[task.headline]
    rows = [
        [
            model,
            *(spread_text(summary.subset(model, s, task.headline)) for s in task.subsets),
            spread_text(Spread.of(summary.incomplete(model, task.headline))),
        ]
        for model in _main_models(summary)
    ]
    names = [SUBSET_NAMES[s] for s in task.subsets]
    last = f"the last column is the mean over the {len(names) - 1} incomplete subsets"
    head = f"{title} by what is available; {last}"
    return f"{head}\n\n{grid([title, *names, f'Avg{len(names) - 1}'], rows)}"


def _floor(summary: Comparison) -> str:
    """What the likeliest class of the test split itself reaches: no constant answer can do better."""
    truth, columns = summary.task.test.scores[:, COMPLETE], summary.task.columns
    if "acc" in columns:
        classes = three_classes(truth, summary.task.config.neutral)
    else:
        classes = (truth if "acc5" in columns else truth[truth != 0]) > 0
    floor = constant_floor(classes)
    return f"The best constant answer there can be reaches accuracy {floor['acc']:.3f}, F1 {floor['f1']:.3f}."


def _complete(summary: Comparison) -> str:
    task = summary.task
    rows = [
        [
            model,
            *(spread_text(summary.subset(model, task.subsets[-1], name)) for name in task.columns),
            f"{summary.seconds(model):.0f}",
        ]
        for model in _main_models(summary)
    ]
    table = grid(["everything there", *task.columns.values(), "CPU s"], rows)
    return f"All figures with everything there\n\n{table}"


def _leads(summary: Comparison) -> list[str]:
    others = [model for model in _main_models(summary) if model != FSRF_NAME]
    if FSRF_NAME not in summary.models or not others:
        return []
    leads = {other: summary.lead(FSRF_NAME, other) for other in others}
    rows = [[other, _points(lead)] for other, lead in leads.items()]
    title = summary.task.columns[summary.task.headline]
    table = grid([f"{FSRF_NAME} less …", "points (95 % interval)"], rows)
    return [f"How far {FSRF_NAME} is ahead in {title} over the incomplete subsets, paired by seed\n\n{table}"]


def _conditions(summary: Comparison) -> list[str]:
    task = summary.task
    columns = {f"rate-{rate}": f"{rate:.1f}" for rate in RATES} | {BOTH: "both"}
    columns |= {kind: kind.replace("_", " ") for kind in DEVICE_KINDS}
    rows = [
        [model, *(f"{summary.condition(model, name, task.headline).mean:.3f}" for name in columns)]
        for model in _main_models(summary)
    ]
    title = task.columns[task.headline]
    head = (
        f"{title} where frames are missing: at rates of 0.1 to 0.9 in all modalities; *both*: a random "
        "subset and a random rate; and what devices do"
    )
    lines = [f"{head}\n\n{grid([title, *columns.values()], rows)}"]
    if FSRF_NAME in summary.models:
        fall = summary.fall(FSRF_NAME, "rate-0.5")
        lines.append(
            f"From no missing frames to half of them {FSRF_NAME} falls by {100 * fall.mean:.1f} points."
        )
    return lines


def _ablation(summary: Comparison) -> list[str]:
    title, pages = summary.task.columns[summary.task.headline], []
    for base in dict.fromkeys(BASES.values()):
        variants = [m for m in summary.models if BASES.get(m, FSRF_NAME if m == "FIRF" else "") == base]
        if not any(model in ABLATIONS for model in variants) or base not in summary.models:
            continue
        ahead = f"{base} ahead by" if base == FSRF_NAME else "the first ahead by"
        head = ["", f"{title}, complete", f"{title}, incomplete", ahead, f"{title}, frames missing", ahead]
        rows = [_beside(summary, base, model) for model in (base, *variants)]
        pages.append(
            f"{_about(summary, base)}\n\n{grid([*head, 'MAE, incomplete', 'less by'], rows)}",
        )
    return pages


def _about(summary: Comparison, base: str) -> str:
    """What a table of the ablation shows."""
    if base != FSRF_NAME:
        return (
            "The same if no label teaches the answer to an incomplete subset (labels still shape each "
            f"modality's parts), against {FSRF_NAME} so trained: only recovery and self-distillation carry "
            "the answers to them"
        )
    title = summary.task.columns[summary.task.headline]
    return (
        f"Ablation: how far {FSRF_NAME} is ahead of itself without a part, or with one that is off (seeds "
        f"{_seeds(summary)}): in points of {title} over the incomplete subsets, and over all stored masks of "
        "the table before; in hundredths of a score over the incomplete subsets"
    )


def _beside(summary: Comparison, base: str, model: str) -> list[str]:
    """A row of the ablation: the figures of a model, and how far its base is ahead in each."""
    headline = summary.task.headline
    leads = ["", "", ""]
    if model != base:
        leads = [
            _points(summary.lead(base, model)),
            _points(summary.disturbed_lead(base, model)),
            _points(summary.closer(base, model)),
        ]
    means = [
        spread_text(Spread.of(values))
        for values in (
            summary.incomplete(model, headline),
            summary.disturbed(model, headline),
            summary.incomplete(model, "mae"),
        )
    ]
    complete = spread_text(summary.subset(model, summary.task.subsets[-1], headline))
    return [model, complete, *(cell for pair in zip(means, leads, strict=True) for cell in pair)]


def _intervals(summary: Comparison) -> list[str]:
    outcomes = [outcome for outcome in summary.of(FSRF_NAME) if outcome.intervals]
    if not outcomes:
        return []
    rows = [
        [
            SUBSET_NAMES[s],
            spread_text(Spread.of([o.intervals[s]["coverage"] for o in outcomes])),
            f"{width.mean:.2f} ± {width.deviation:.2f}",
        ]
        for s in summary.task.subsets
        for width in [Spread.of([o.intervals[s]["width"] for o in outcomes])]
    ]
    head = ["available", "coverage", "mean width"]
    return [f"90 % intervals of {FSRF_NAME} on the test split\n\n{grid(head, rows)}"]


def spread_text(spread: Spread) -> str:
    """``0.712 ± 0.004``."""
    return f"{spread.mean:.3f} ± {spread.deviation:.3f}"


def _points(difference: Difference) -> str:
    return f"{100 * difference.mean:+.1f} ({100 * difference.low:+.1f} … {100 * difference.high:+.1f})"
