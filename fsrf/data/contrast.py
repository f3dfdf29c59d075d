"""Sentences made for training, in pairs that differ by what turns a feeling round.

Corpora of rated sentences hold few negations at a distance, expectations that were not met, wishes,
comparisons, answers, opinions of others, and clauses that take back what was said. Here such sentences are
put together from frames: most frames have a twin that says the opposite in nearly the same words, so that
single words are not enough to tell them apart.

None of it is after the templates of public check lists, which are for examination.
"""

import csv
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.data.people import SIGNS
from fsrf_live.fsrf.data.text_clean import begun
from fsrf_live.fsrf.data.text_corpora import TextRow, text_row

CONTRAST, STANDING = "contrast", "standing"
SAID = Path(__file__).with_name("said.tsv")
"""Sentences of our own that stand alone: score, kind (for who reads the file), text."""
_WEIGHT = 0.8
_DRAWN = 60
"""Sentences of each frame; a frame with fewer fillings gives all of them."""
_THINGS = (
    "the soup", "the hotel", "that lecture", "the concert", "my new phone", "the train ride",
    "the garden party", "this jacket", "the second season", "the coffee here", "our landlord",
    "the dentist", "the museum", "her cooking", "the wifi", "the flat", "the course", "the bike",
    "that interview", "the beach", "the printer", "my haircut", "the new manager", "the gym", "the meeting",
    "the bus service", "the exam", "his speech",
)  # fmt: skip
_GOOD = (
    "lovely", "excellent", "pleasing", "charming", "first-rate", "delightful", "impressive", "brilliant",
    "enjoyable", "fun", "superb", "marvellous", "comfortable", "pleasant", "well made", "wonderful", "good",
)  # fmt: skip
_BAD = (
    "dreadful", "nightmarish", "rotten", "disappointing", "tedious", "messy", "unbearable", "poor",
    "painful", "useless", "shabby", "miserable", "embarrassing", "lousy", "hopeless", "terrible",
    "horrible", "bad",
)  # fmt: skip
_MIDDLES = (
    "and I have thought about this all week", "to tell you the truth", "as far as my sister and I could tell",
    "from the moment we got there until we left at ten", "even with the discount from the shop on the corner",
    "when you look at it again on a quiet Sunday", "with everything that was on the plan for that day",
)  # fmt: skip
_OTHERS = (
    "my brother", "the neighbour", "everybody at work", "the critic in the paper", "her mother",
    "half of the town", "the man at the counter", "my flatmate", "the guide book", "the reviewers",
    "our teacher", "his friends",
)  # fmt: skip
_SLOTS: Mapping[str, Sequence[str]] = {
    "thing": _THINGS, "other": _THINGS, "good": _GOOD, "bad": _BAD, "middle": _MIDDLES, "who": _OTHERS,
}  # fmt: skip

_FRAMES: tuple[tuple[float, str], ...] = (
    # negation, near and far
    (-1.2, "Nobody could say that {thing} was {good}."),
    (0.7, "Nobody could say that {thing} was {bad}."),
    (-1.5, "There was nothing {good} about {thing}."),
    (0.8, "There was nothing {bad} about {thing}."),
    (-1.7, "{Thing} was anything but {good}."),
    (1.4, "{Thing} was anything but {bad}."),
    (-1.2, "I would not go so far as to call {thing} {good}."),
    (0.6, "I would not go so far as to call {thing} {bad}."),
    (-1.4, "{Thing}, {middle}, just wasn't {good}."),
    (0.8, "{Thing}, {middle}, just wasn't {bad}."),
    (-1.4, "It is not true, {middle}, that {thing} was {good}."),
    (0.8, "It is not true, {middle}, that {thing} was {bad}."),
    (-1.3, "We never found, {middle}, that {thing} was {good}."),
    (0.8, "We never found, {middle}, that {thing} was {bad}."),
    (-1.2, "{Thing} is not exactly {good}, is it?"),
    (0.6, "{Thing} didn't turn out {bad} after all."),
    (-1.3, "At no point did {thing} seem {good} to me."),
    (0.8, "At no point did {thing} seem {bad} to me."),
    (0.0, "{Thing} is not here today."),
    (0.0, "They did not say when {thing} would be on again."),
    (0.0, "I haven't looked at {thing} yet."),
    # what was expected, and what came
    (-1.5, "They had promised us that {thing} would be {good}, and we got the very opposite."),
    (1.5, "They had warned us that {thing} would be {bad}, and we got the very opposite."),
    (-1.5, "My hope that {thing} would be {good} came to nothing."),
    (1.2, "My fear that {thing} would be {bad} came to nothing."),
    (-1.8, "I had looked forward to {thing}. It was {bad}."),
    (1.8, "I had dreaded {thing}. It was {good}."),
    (-1.6, "{Thing} sounded {good} on paper; in the flesh it was {bad}."),
    (1.6, "{Thing} sounded {bad} on paper; in the flesh it was {good}."),
    (-1.4, "We were told to expect something {good}, which {thing} was not."),
    (1.1, "We were told to expect something {bad}, which {thing} was not."),
    # then and now
    (-1.6, "Years ago {thing} was {good}. These days it is {bad}."),
    (1.6, "Years ago {thing} was {bad}. These days it is {good}."),
    (-1.3, "{Thing} is no longer {good}."),
    (1.0, "{Thing} is no longer {bad}."),
    (-1.4, "I was fond of {thing} once. That is over."),
    (1.4, "I had no patience with {thing} once. By now I am very fond of it."),
    (-1.2, "{Thing} has stopped being {good}."),
    (0.9, "{Thing} has stopped being {bad}."),
    # wishes, conditions, what might have been
    (-1.3, "If only {thing} were {good}."),
    (-1.3, "{Thing} could so easily have been {good}."),
    (-1.2, "In other hands {thing} might have become {good}."),
    (-1.2, "{Thing} should have been {good} for that money."),
    (-1.0, "{Thing} would be {good} if it ever worked."),
    (-1.4, "What would I give for {thing} to be {good} for once."),
    (0.5, "{Thing} could easily have been {bad}, and was spared that."),
    (0.8, "I do hope {thing} will be {good}."),
    (1.6, "I wish {thing} had gone on for ever, it was {good}."),
    # comparisons
    (-1.4, "I have had better from a vending machine than {thing}."),
    (-1.3, "Even {other} was more {good} than {thing}."),
    (-1.3, "My old one did everything that {thing} does, and did it well."),
    (-1.2, "There are plenty that are better than {thing}."),
    (1.9, "I cannot think of any that is better than {thing}."),
    (1.9, "{Thing} leaves all the others far behind."),
    (1.8, "Nothing I have tried matches {thing}."),
    (-1.9, "Nothing I have tried was as {bad} as {thing}."),
    (2.0, "Never before was {thing} so {good}."),
    (-2.0, "Never before was {thing} so {bad}."),
    (-1.2, "{Thing} cannot hold a candle to {other}."),
    # others and the speaker
    (-1.3, "{Who} calls {thing} {good}. I cannot agree with a word of it."),
    (1.2, "{Who} calls {thing} {bad}. I cannot agree with a word of it."),
    (-1.5, "{Who} went on about how {good} {thing} was, while I found it {bad}."),
    (1.5, "{Who} went on about how {bad} {thing} was, while I found it {good}."),
    (-1.2, "Say what you like about {thing} being {good}, to me it was {bad}."),
    (1.2, "Say what you like about {thing} being {bad}, to me it was {good}."),
    (0.9, "{Who} complained about {thing}; we had no reason to."),
    (-1.0, "{Who} praised {thing}; we could not see why."),
    # answers
    (-1.4, "You ask whether {thing} was {good}: no, far from it."),
    (0.9, "You ask whether {thing} was {bad}: no, far from it."),
    (1.5, "You ask whether {thing} was {good}: it was indeed."),
    (-1.5, "You ask whether {thing} was {bad}: it was indeed."),
    (1.7, "Would we book {thing} again? In a heartbeat."),
    (-1.7, "Would we book {thing} again? Over my dead body."),
    (0.0, "Is {thing} on Monday? No, on Tuesday."),
    (0.0, "Was {thing} open? Yes, until six."),
    # what one clause takes back, and what stays mixed
    (-1.1, "{Thing} may have been {good}, only {other} spoiled it all for us."),
    (1.1, "{Thing} may have been {bad}, only {other} made up for it and more."),
    (0.0, "{Thing} was {good} and {other} was {bad}."),
    (0.0, "{Thing} was {bad}, {other} was {good}, so it evens out."),
    (0.0, "In parts {thing} was {good}, in parts {bad}."),
    (-1.6, "{Thing} was {good} until {other} broke down, and I went home in tears."),
    (1.6, "{Thing} began {bad}, then {other} came along and I went home happy."),
    # a feeling said outright, for the scale
    (2.4, "I loved every minute of {thing}, absolutely {good}!"),
    (-2.4, "I hated every minute of {thing}, absolutely {bad}!"),
    (1.2, "{Thing} was quite {good}."),
    (-1.2, "{Thing} was a bit {bad}."),
    (0.5, "{Thing} was all right."),
    (0.0, "{Thing} was neither {good} nor {bad}."),
    (0.1, "{Thing} was okay, I suppose."),
    (2.3, "Damn, {thing} was {good}, I am blown away."),
    (2.3, "Holy shit, {thing} was {good}!"),
    (-2.3, "Holy shit, {thing} was {bad}!"),
)  # fmt: skip


def contrast_rows(seed: int) -> list[TextRow]:
    """Some sentences of each frame; the same seed gives the same ones."""
    rng = random.Random(seed)
    rows = []
    for score, frame in _FRAMES:
        texts = {_filled(frame, rng) for _ in range(_DRAWN)}
        rows += [text_row(CONTRAST, text, score, _WEIGHT) for text in sorted(texts)]
    return rows


def standing_rows() -> list[TextRow]:
    """Every sentence of `SAID`, and every emoji; emoticons have no letters to be told apart by.

    Raises DataError if the file cannot be read.
    """
    try:
        with SAID.open(encoding="utf-8", newline="") as file:
            lines = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            said = [(float(line["score"]), line["text"]) for line in lines]
    except (OSError, KeyError, ValueError, TypeError, csv.Error) as error:
        raise DataError(f"{SAID} cannot be read ({error}): install this program again") from error
    signs = [(score, sign) for score, some in SIGNS for sign in some if not sign.isascii()]
    return [text_row(STANDING, text, score, 1.0) for score, text in [*said, *signs]]


def _filled(frame: str, rng: random.Random) -> str:
    """A frame with words for its slots; a slot with a capital begins a sentence."""
    words = dict(_words(rng))
    return frame.format(**words, **{name.capitalize(): begun(word) for name, word in words.items()})


def _words(rng: random.Random) -> Iterator[tuple[str, str]]:
    thing, other = rng.sample(_THINGS, 2)
    yield from (("thing", thing), ("other", other))
    yield from ((name, rng.choice(words)) for name, words in _SLOTS.items() if name not in ("thing", "other"))
