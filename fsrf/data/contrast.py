"""Sentences made for training, in pairs that differ by what turns a feeling round.

Corpora of rated sentences hold few negations at a distance, expectations that were not met, wishes,
comparisons, answers, opinions of others, and clauses that take back what was said. Here such sentences are
put together from frames: most frames have a twin that says the opposite in nearly the same words, so that
single words are not enough to tell them apart. Beside them stand plain events and facts without a feeling,
and whoever a person is makes no difference: fillings of one template all have its score (counterfactual data:
Lu et al. 2018, arXiv 1807.11714).

None of it is after the templates of public check lists, which are for examination.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from fsrf_live.fsrf.data.text_corpora import TextRow, text_row

CONTRAST, IDENTITY, POLITE = "contrast", "identity", "polite"
_WEIGHT = 0.8
_DRAWN = 60
"""Sentences of each frame; a frame with fewer fillings gives all of them."""
_TONES: Mapping[str, float] = {"neutral": 0.0, "positive": 1.9, "negative": -1.9}
_FORMULAS: Mapping[str, float] = {"thanks": 0.4, "greeting": 0.15}
"""Scores of formulas of politeness by themselves; other kinds say nothing."""

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

_GOOD_EVENTS = (
    "I passed my driving test at the first try.", "Our offer on the house was accepted.",
    "The scan came back clear.", "She said yes when I proposed.", "They gave me the scholarship.",
    "My boss gave me a raise today.", "Our team reached the final.",
    "The baby slept through the night for the first time.", "My visa was approved this morning.",
    "I ran ten kilometres without stopping.", "They promoted me to team lead.",
    "The surgeon said that the operation was a success.", "My daughter took her first steps.",
    "The bank waived the fee.", "I won the raffle at the fair.", "We finally paid off the car.",
    "My old friend from school called after twenty years.", "The rain stopped just before the ceremony.",
    "The publisher wants to print my book.", "My son made the football team.",
    "I got full marks in chemistry.", "They upgraded us to first class.",
    "Grandma is coming home from hospital on Friday.", "My plants survived the winter.",
    "The whole office sang for my birthday.", "I quit smoking a year ago today.",
    "The police brought back my stolen bike.", "My application went through.", "We are expecting twins.",
    "The tumour turned out to be benign.", "I found a seat by the window and nobody beside me.",
    "They cancelled the layoffs.", "The mechanic repaired it for free.",
    "My parents are coming for the holidays.", "I slept ten hours last night.",
    "We got the last two tickets.", "The kids made me breakfast in bed.",
)  # fmt: skip
_BAD_EVENTS = (
    "I failed the driving test for the third time.", "Somebody else bought the house we wanted.",
    "The scan showed another shadow.", "She gave the ring back.", "They turned down my application.",
    "My boss cut my hours in half.", "Our team was knocked out in the first round.",
    "The baby screamed until five in the morning.", "My visa was refused.",
    "I broke my ankle on the stairs.", "They let me go after twelve years.",
    "The surgeon said there was nothing more to be done.", "My laptop died the night before the deadline.",
    "The bank closed our account.", "I dropped my phone into the harbour.",
    "The car broke down on the motorway.", "My best friend moved abroad.",
    "It poured during the whole ceremony.", "All the publishers sent it back.",
    "My son was left on the bench again.", "I forgot everything in the oral exam.",
    "They lost our suitcases.", "Grandpa had another stroke.", "The frost killed all my plants.",
    "Nobody came to my birthday.", "He started drinking again.", "Somebody broke into our cellar.",
    "My flight was cancelled at midnight.", "We buried our cat on Sunday.", "The lump was not harmless.",
    "The rent goes up by a third in May.", "They are closing our school.", "The mechanic charged me twice.",
    "My parents have not called for a year.", "I lay awake all night.", "The boiler gave up in January.",
    "My wallet was gone when I got off the bus.", "The test came back positive for flu.",
)  # fmt: skip
_FACTS = (
    "The accident report is kept for ten years.", "The war museum opens at nine.",
    "Page four lists the side effects.", "The fire drill is on the second Monday of the month.",
    "He teaches a course on the history of the plague.", "The killer whale is the largest of the dolphins.",
    "The insurance form asks for the date of the damage.", "Waste paper goes into the blue container.",
    "The film is about a murder in a small town.",
    "Her thesis deals with prisons in the nineteenth century.", "The error log is written every hour.",
    "The cemetery lies behind the church.", "A headache tablet holds four hundred milligrams.",
    "The battle took place in the autumn.", "Crime novels are on the third shelf.",
    "The storm reached the coast at noon.", "The deadline is the last day of the month.",
    "Cancer is a sign of the zodiac, and follows Gemini.", "The emergency exit is at the back on the left.",
    "The debt ceiling was set by law.", "The joy stick has two buttons.", "The happy hour starts at five.",
    "The prize was founded in the last century.", "Love is a term for zero in tennis.",
    "The best before date is printed on the lid.", "The gift shop is on the ground floor.",
    "The free version has one profile.", "Pleasant Street ends at the river.",
    "The meeting is in the room next to the kitchen.", "The train to the airport leaves from platform two.",
    "I put the keys on the shelf.", "There are three chairs and a table.",
    "She works from home on Wednesdays.", "The parcel weighs two kilos.",
    "We take the second road on the right.", "The shop sells bread and milk.",
    "My number ends in four seven.", "He bought a printer.", "The report has twelve pages.",
    "I am on the bus.",
)  # fmt: skip
_SERVICE = (
    "Sorry, could you repeat the number?", "Sorry to keep you waiting, how can I help?",
    "I'm afraid the line is busy.", "Sorry, what was the name again?", "Excuse me, is this seat taken?",
    "Sorry, you're on mute.", "Could you share your screen, please?", "Let's move on to the next point.",
    "I'll put that in the minutes.", "Please bear with me for a moment.", "Can everybody see the slide?",
    "I'll send it over after lunch.", "Sorry, I have to take this call.", "No worries, take your time.",
    "Anything else on that?", "Your order number is nine four two.", "I'm sorry, we close at six.",
    "May I have your date of birth?", "Hello?", "Hi there.", "Good morning.", "Okay.", "Right.",
    "Yes, the blue one.", "I see.", "Let me check.",
)  # fmt: skip
_PLAIN: tuple[tuple[float, Sequence[str]], ...] = (
    (1.5, _GOOD_EVENTS), (-1.5, _BAD_EVENTS), (0.0, _FACTS), (0.0, _SERVICE),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Identity:
    """A row of the list of people: a `term`, a `name`, a `template` of one `kind`, or a polite `formula`."""

    text: str
    role: str
    kind: str
    fits: Mapping[str, str]
    tone: str


def contrast_rows(seed: int) -> list[TextRow]:
    """Every plain sentence, and some of each frame; the same seed gives the same ones."""
    rng = random.Random(seed)
    rows = [text_row(CONTRAST, text, score, _WEIGHT) for score, texts in _PLAIN for text in texts]
    for score, frame in _FRAMES:
        texts = {_filled(frame, rng) for _ in range(_DRAWN)}
        rows += [text_row(CONTRAST, text, score, _WEIGHT) for text in sorted(texts)]
    return rows


def identity_rows(people: Sequence[Identity]) -> list[TextRow]:
    """Every template with every person that fits it, all of one template with one score; and all formulas."""
    rows = []
    templates = [p for p in people if p.role == "template"]
    for template, person in product(templates, (p for p in people if p.role in ("term", "name"))):
        fit = person.text if person.role == "name" else person.fits.get(template.kind, "")
        if fit and (template.kind == "name") == (person.role == "name"):
            text = template.text.replace("{" + template.kind + "}", fit)
            rows.append(text_row(IDENTITY, _begun(text), _TONES[template.tone], 1.0))
    for formula in _of_role(people, "formula"):
        rows.append(text_row(POLITE, f"{_begun(formula.text)}.", _FORMULAS.get(formula.kind, 0.0), 0.6))
    return rows


def polite_rows(rows: Sequence[TextRow], people: Sequence[Identity], count: int, seed: int) -> list[TextRow]:
    """Some of the rows again, with a formula of politeness before or after them: their score stays."""
    rng = random.Random(seed)
    formulas = _of_role(people, "formula")
    if not formulas:
        return []
    made = []
    for row in rng.sample(rows, min(count, len(rows))):
        formula = rng.choice(formulas)
        before = formula.kind in ("greeting", "filler") or (formula.kind != "farewell" and rng.random() < 0.3)
        end = row.text[-1:] if row.text[-1:] in ".!?" else "."
        said = f"{_begun(formula.text)}{rng.choice('.!,') if before else rng.choice('.!')}"
        text = f"{said} {row.text}" if before else f"{row.text.rstrip('.!?')}{end} {said}"
        made.append(text_row(POLITE, text, row.score, row.weight))
    return made


def _of_role(people: Iterable[Identity], role: str) -> list[Identity]:
    return [person for person in people if person.role == role]


def _filled(frame: str, rng: random.Random) -> str:
    """A frame with words for its slots; a slot with a capital begins a sentence."""
    words = dict(_words(rng))
    return frame.format(**words, **{name.capitalize(): _begun(word) for name, word in words.items()})


def _words(rng: random.Random) -> Iterator[tuple[str, str]]:
    thing, other = rng.sample(_THINGS, 2)
    yield from (("thing", thing), ("other", other))
    yield from ((name, rng.choice(words)) for name, words in _SLOTS.items() if name not in ("thing", "other"))


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
