"""Sentences of our own that stand alone: events, idioms, wishes, facts, service talk, and signs.

Each list is worth one score. `contrast` puts them beside its pairs. None of them is after the templates or
the cases of public check lists, which are for examination.
"""

from collections.abc import Sequence

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
_GOOD_NEWS = (
    "The charge was dropped.", "I am cancer-free.", "The dog we lost came back on her own.",
    "They kept my place in the choir.", "My essay was read out to the class.",
    "We have a date for the wedding.",
    "He remembered my birthday this time.", "The letter says I got in.",
    "I can walk without the crutches now.",
    "My sister forgave me.", "The landlord took the increase back.", "I beat my own record by two minutes.",
    "They asked me to stay on for another year.", "Our little shop broke even this month.",
    "The twins are home and healthy.", "The whole row stood up and clapped.",
    "I finally understand fractions.",
    "She laughed at all of my jokes.", "We saw the northern lights from the tent.",
    "My old teacher came to the opening.", "The stain came out.", "They found a donor for my uncle.",
    "The neighbours shovelled our drive while we were away.", "I had the pool to myself this morning.",
    "The flight was half empty and I could lie down.", "My first loaf of bread rose properly.",
    "We made it to the platform with a second to spare.", "They let me keep the kitten.",
    "I got out of debt this spring.", "My nephew got the kidney.", "I have my voice back.",
    "The judge ruled in our favour.", "My knee doesn't hurt any more.", "We got the key to our first home.",
    "They put my drawing on the cover.", "The bus driver waited for me.", "I am off the waiting list.",
    "The client signed for three more years.", "The kids shared without being asked.",
    "She texted me back within a minute.", "I've been asked to give the speech.",
)  # fmt: skip
_BAD_NEWS = (
    "The charge went ahead.", "The cancer is back.", "The dog never came home.",
    "They gave my place in the choir away.", "My essay came back covered in red.", "The wedding is off.",
    "He forgot my birthday again.", "The letter says they went with somebody else.",
    "I am back on crutches.", "My sister won't speak to me.", "The landlord wants us out by June.",
    "I stopped at kilometre thirty and sat down.", "My contract was not renewed.",
    "Our little shop had no customer all day.", "One of the twins did not make it.",
    "Half of the hall left at the interval.", "Two hours on fractions and I still don't get it.",
    "Nobody laughed.", "It rained into the tent for three nights.", "They gave the part to somebody else.",
    "The stain will not come out.", "No donor has been found.", "The neighbours reported us to the council.",
    "There is mould behind the cot.", "I sat beside a crying baby for eleven hours.",
    "My bread came out like a brick.", "The train pulled out as we reached the platform.",
    "We have to give the kitten back.", "The bailiffs came this spring.",
    "I lost my voice before the concert.",
    "The judge ruled against us.", "My knee gave way on the stairs.",
    "The sale fell through on the last day.",
    "They left my name off the cover.", "The bus drove off in front of my nose.",
    "The waiting list is two years.", "The client went to our rival.", "The kids fought the whole way.",
    "She has left me on read since Sunday.", "They took my name off the programme.",
    "There was blood in it again.", "I was the only one who wasn't invited.",
)  # fmt: skip
_GOOD_IDIOMS = (
    "I'm over the moon.", "I am walking on air.", "That put a spring in my step.",
    "He's worth his weight in gold.",
    "It went like clockwork.", "We had a whale of a time.", "That's the best thing since sliced bread.",
    "She knocked it out of the park.", "This place is right up my street.", "It was a breath of fresh air.",
    "You've hit the nail on the head, well done.", "It ticked all the boxes.", "I'm on cloud nine.",
    "The cake went down a treat.", "They rolled out the red carpet for us.", "He came up trumps.",
    "We're out of the woods.", "I could get used to this.", "That took a load off my mind.",
    "It's a weight off my shoulders.", "The kids were good as gold.", "I take my hat off to them.",
    "You can't go wrong with it.", "They went the extra mile.", "Everything fell into place.",
    "It is music to my ears.", "She's a keeper.", "He saved my bacon.", "It made my day.",
    "I'm like a dog with two tails.", "I wouldn't change a thing.", "It was money well spent.",
)  # fmt: skip
_BAD_IDIOMS = (
    "I am at the end of my tether.", "It cost an arm and a leg.", "That was the last straw.",
    "He gets on my nerves.", "My heart sank.", "It's gone to the dogs.", "They left us high and dry.",
    "It was like pulling teeth.", "She's a pain in the neck.", "It all went pear-shaped.",
    "They sold us a pup.", "I'm fed up to the back teeth.", "That's a slap in the face.",
    "It makes my blood boil.", "He stabbed me in the back.", "It fell flat on its face.",
    "We are back to square one.", "I wouldn't wish it on my worst enemy.", "It was money down the drain.",
    "They threw me under the bus.", "It left a bad taste in my mouth.", "He bit my head off.",
    "I am worn to a shadow.", "I've got a lump in my throat.", "It's a dog's breakfast.",
    "I'm down in the dumps.", "They took us for a ride.", "The wheels came off.", "It's a white elephant.",
    "They could not organise a picnic.", "It's been one thing after another.",
    "I could have sunk into the floor.",
)  # fmt: skip
_PLAIN_IDIOMS = (
    "Let's call it a day.", "We'll cross that bridge when we come to it.", "It's raining cats and dogs.",
    "I'll keep you in the loop.", "The ball is in their court.", "Let's touch base on Monday.",
    "He's in the driver's seat.", "I'll sleep on it.", "It's six of one and half a dozen of the other.",
    "Let's get the ball rolling.", "She's wearing two hats.", "We are on the same page.",
    "That's a different kettle of fish.", "I'm just playing devil's advocate.", "Keep an eye on the oven.",
)  # fmt: skip
_WISHES = (
    "I wish somebody had told me before I signed.", "If I had known, I'd have stayed at home.",
    "You could at least have rung.", "If they had listened, none of it would have happened.",
    "I'd rather be anywhere else.", "I wish we had never moved here.", "It would help if anyone answered.",
    "I wish it were Friday already.", "He might have asked me first.", "I should never have lent it to him.",
    "If only we could start again.", "Had they fixed the lift, she would not have fallen.",
    "I'd have liked it more if it had been finished.", "Another chair would have been nice.",
    "I wish she were still here.", "I wish I could sleep.", "It would be better without the ads.",
)  # fmt: skip
_GLAD_WISHES = (
    "I wish every day were like this.", "If only it could stay like this.", "I'd do it all over again.",
    "Without you I would never have got there.", "I couldn't have wished for more.",
    "If you get the chance, go.", "I wish I had found this years ago.", "I would have paid double.",
    "I hope we'll meet again soon.", "If I could give it six stars, I would.",
    "I'd not have missed it for anything.",
)  # fmt: skip
_PLAIN_CONDITIONS = (
    "If it rains, we meet inside.", "If you press the button twice, it switches off.",
    "I would like a window seat.", "If I were you, I would take the later train.",
    "I'd like to change my address.", "Should you need a copy, ask at the desk.",
    "If the light is green, the door is open.", "It would be on the top shelf.",
    "I wish to cancel my subscription.", "If the answer is yes, go to question nine.",
)  # fmt: skip
_SWORN = (
    "That was fucking brilliant.", "Hell yes, we did it!", "No way, this is so damn cute.",
    "Oh my god, that is insanely good.", "This song slaps so hard.", "Shut up, you got the part? Amazing!",
    "I love this shit.", "Bloody hell, what a goal!", "You crazy bastard, you actually did it, I'm so proud.",
    "That is sick, dude, do it again!", "It's a hell of a good book.", "Those wings are stupid good.",
    "Fuck yeah!", "She is a total badass.", "This is the shit.", "That view, holy hell.",
    "He killed it tonight.",
)  # fmt: skip
_SWORN_AT = (
    "That was fucking useless.", "Damn it, not again.", "What a load of crap.",
    "For God's sake, leave me alone.",
    "This song sucks so hard.", "Shut up, I have had enough of you.", "I'm sick of this shit.",
    "Bloody hell, what a mess.", "You bastard, you left me there.", "That is sick, how could anyone do that?",
    "To hell with them.", "That was stupid and it hurt.", "Fuck off.", "She is a total liar.",
    "This is shit.",
    "Screw this.", "He killed the mood tonight.",
)  # fmt: skip
PLAIN: tuple[tuple[float, Sequence[str]], ...] = (
    (1.5, _GOOD_EVENTS), (-1.5, _BAD_EVENTS), (1.5, _GOOD_NEWS), (-1.5, _BAD_NEWS),
    (1.8, _GOOD_IDIOMS), (-1.7, _BAD_IDIOMS), (0.0, _PLAIN_IDIOMS),
    (-1.2, _WISHES), (1.6, _GLAD_WISHES), (0.0, _PLAIN_CONDITIONS), (2.1, _SWORN), (-2.0, _SWORN_AT),
    (0.0, _FACTS), (0.0, _SERVICE),
)  # fmt: skip
"""Sentences and the score of each list."""

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
    (0.0, "So you're {is}."),
    (0.0, "I told them that I'm {is}."), (0.0, "My parents know that I am {is}."), (0.0, "He was born {is}."),
    (0.0, "It is a film about {np}."), (0.0, "I live with {np}."), (0.0, "She married {np}."),
    (0.0, "{np} lives at number nine."), (0.0, "There was {np} at the bus stop."),
    (0.0, "We interviewed {np}."),
    (0.0, "Three of the nine who answered are {is}."), (0.0, "My doctor is {is}."),
    (0.0, "I'm {is}, if you must know."),
    (0.0, "Both of my grandparents were {is}."), (0.0, "I sat beside {np} and we talked about the weather."),
    (1.7, "{np} made us laugh until we cried."), (1.6, "I'm {is} and happy with my life."),
    (1.8, "I'm in love with {np}."), (1.7, "What a kind thing {np} did for me today."),
    (1.7, "I am {is} and proud of it."),
    (1.7, "I adore my aunt, who is {is}."), (-1.7, "{np} cheated me out of a month's pay."),
    (-1.6, "They laughed at me because I am {is}."), (-1.8, "I was attacked by {np}."),
    (-1.7, "I'm {is} and I feel so alone."),
    (-1.7, "{np} lied to my face."), (-1.8, "My neighbour, who is {is}, died last night."),
)  # fmt: skip
"""Templates of `identity_rows` beside those of the list of people, and their scores."""
