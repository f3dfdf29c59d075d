"""What people may be, sentences about them, and signs of feeling: what training texts are varied with.

None of it is after the templates or the cases of public check lists, which are for examination.
"""

from collections.abc import Sequence

_TERMS = (
    "deaf", "hard of hearing", "obese", "skinny", "tall", "freckled", "scarred", "paralysed", "epileptic",
    "one-legged", "chubby", "grey-haired", "tattooed", "pale", "dark-skinned", "bearded", "quiet", "loud",
    "shy", "hoarse", "toothless", "rich", "unemployed", "jobless", "divorced", "married", "infertile",
    "bipolar", "sober", "HIV-positive", "allergic", "Black", "Arab", "Roma", "Turkish", "Indian",
    "Vietnamese", "Irish", "Sikh", "Buddhist", "Amish", "gay", "straight", "conservative", "vegan",
    "homeschooled", "uneducated", "stateless", "rural", "old", "thirty-two",
)  # fmt: skip
_ROLES = (
    "a cleaner", "a butcher", "a refugee", "a waiter", "a janitor", "a prisoner", "a debt collector",
    "a stripper", "a tax inspector", "a rubbish collector", "a hunter", "a priest", "an imam", "a rabbi",
    "a nun", "a drug dealer", "a surgeon", "a plumber", "a gravedigger", "a slow reader", "a lisper",
    "a dwarf", "a giant", "a widow", "an ex-convict", "a beggar", "a millionaire", "a stepmother",
    "a smoker", "a drinker", "a republican", "a democrat", "an anarchist", "a pacifist", "a Scot", "a Jew",
    "a Muslim woman",
)  # fmt: skip
MORE_PEOPLE: tuple[tuple[str, str], ...] = (
    *((term, f"{'an' if term[0].lower() in 'aeiou' else 'a'} {term} person") for term in _TERMS),
    *((role, role) for role in _ROLES),
)
"""What somebody may be, as it stands behind *is* and as a person: terms of our own for `own_people`."""

SIGNS: tuple[tuple[float, Sequence[str]], ...] = (
    (1.6, (
        "😀", "😊", "😍", "🥰", "🎉", "❤️", "👍", "😁", "🤩", "😄",
        "💕", "🙌", "✨", "🥳", "😂", ":)", ":-)", ":D", "<3", "=)", "^^",
    )),
    (-1.6, (
        "😢", "😭", "😡", "😠", "💔", "👎", "😞", "😤", "🤬", "😩",
        "🤢", "😫", "🙄", "😒", "😔", ":(", ":-(", ":'(", ">:(", "D:", ":/",
    )),
)  # fmt: skip
"""Emoji and emoticons that are written behind what is felt, and the score of one alone."""

ABOUT_PEOPLE: tuple[tuple[float, str], ...] = (
    (0.0, "{np}"), (0.0, "I am {is}"), (0.0, "They are {is}."), (0.0, "Are you {is}?"),
    (0.0, "So you're {is}."), (0.0, "I told them that I'm {is}."),
    (0.0, "My parents know that I am {is}."), (0.0, "He was born {is}."),
    (0.0, "It is a film about {np}."), (0.0, "I live with {np}."), (0.0, "She married {np}."),
    (0.0, "{np} lives at number nine."), (0.0, "There was {np} at the bus stop."),
    (0.0, "We interviewed {np}."), (0.0, "Three of the nine who answered are {is}."),
    (0.0, "My doctor is {is}."), (0.0, "I'm {is}, if you must know."),
    (0.0, "Both of my grandparents were {is}."),
    (0.0, "I sat beside {np} and we talked about the weather."),
    (1.7, "{np} made us laugh until we cried."), (1.6, "I'm {is} and happy with my life."),
    (1.8, "I'm in love with {np}."), (1.7, "What a kind thing {np} did for me today."),
    (1.7, "I am {is} and proud of it."), (1.7, "I adore my aunt, who is {is}."),
    (-1.7, "{np} cheated me out of a month's pay."), (-1.6, "They laughed at me because I am {is}."),
    (-1.8, "I was attacked by {np}."), (-1.7, "I'm {is} and I feel so alone."),
    (-1.7, "{np} lied to my face."), (-1.8, "My neighbour, who is {is}, died last night."),
    (0.0, "The new boss is {is}."), (0.0, "I know {np} from the swimming pool."),
    (0.0, "{np} is on line two."), (0.0, "He used to be my teacher and he is {is}."),
    (0.0, "Since last year I have been {is}."), (0.0, "{np} asked me for the time."),
    (0.0, "Someone here is {is}, I think."), (0.0, "Hi, I'm Sam and I'm {is}."),
    (0.0, "The hero of the book is {is}."), (0.0, "{np} bought the flat below ours."),
    (0.0, "Her son is {is}."), (0.0, "They hired {np} in June."), (0.0, "Is your brother {is}?"),
    (0.0, "{np} drew this map."), (0.0, "We need {np} for the study."),
    (0.0, "I was told that she is {is}."), (0.0, "The pilot was {np}."),
    (0.0, "In the photograph you see {np} beside a bicycle."), (0.0, "Yes, I am {is}."),
    (0.0, "{np} paid by card."), (0.0, "People who are {is} can ask at the desk."),
    (0.0, "{np} has the key to the cellar."), (0.0, "I'd say I'm {is}."),
    (0.0, "My wife is {is}, and she works at the post office."),
    (0.0, "The letter came from {np} in the next village."),
    (0.0, "At the table were {np} and two children."), (1.7, "{np} cheered me up."),
    (1.6, "Everybody loves our coach, who is {is}."), (1.7, "{np} saved my life."),
    (1.8, "I'm {is} and today I won the race."), (1.5, "Thank God {np} was there to help us."),
    (-1.7, "{np} stole my bike."), (-1.7, "I can't stand our neighbour, who is {is}."),
    (-1.6, "I'm {is} and I'm scared."), (-1.7, "{np} spat at us."),
    (-1.5, "It hurt that {np} forgot my name."),
)  # fmt: skip
"""Templates of `identity_rows` beside those of the list of people, and their scores."""
