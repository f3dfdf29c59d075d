"""The recogniser for a language: the best model that is on this machine. Nothing is ever downloaded here."""

import logging
from collections.abc import Callable
from functools import partial

from fsrf_live.engines.common.shelf import how_to_get, located, models_root
from fsrf_live.fsrf.common.errors import SourceError, UsageError
from fsrf_live.stream.speech.models import MODELS, SpeechModel, models_for
from fsrf_live.stream.speech.recogniser import Recogniser

DEFAULT_LANGUAGE = "en"
AUTO = "auto"
"""The language that is spoken, told from each utterance by itself."""

_log = logging.getLogger(__name__)


def open_recogniser(language: str = DEFAULT_LANGUAGE, model: str | None = None) -> Recogniser:
    """Load a recogniser for a language, or for whichever is spoken (`AUTO`).

    `model` is the name of the one to take. Raises UsageError if no model knows the language or the name, and
    SourceError if none that does is on this machine, whole, or if the engine is not installed.
    """
    spoken = None if language == AUTO else language
    choice = _choice(spoken, model)
    problems: list[SourceError] = []
    for candidate in choice:
        try:
            folder = located(candidate.stored, models_root())
        except SourceError as error:
            problems.append(error)
            continue
        if folder is not None:
            # Its thread loads it anyway; the first picture need not wait for the import.
            from fsrf_live.stream.speech.whisper import Whisper

            for problem in problems:
                _log.warning("%s; going on with %s", problem, candidate.name)
            return Whisper(candidate, folder, spoken)
    raise problems[0] if problems else _nothing_here(language, choice)


def recogniser_for(language: str) -> Callable[[], Recogniser]:
    """How to load a recogniser for a language; raises UsageError at once if no model knows it."""
    _choice(None if language == AUTO else language, None)
    return partial(open_recogniser, language)


def language_of_text(asked: str | None) -> str | None:
    """The language of text that is given; None if it is to be told from the text (nothing asked, or `AUTO`).

    Raises UsageError if there is no such language.
    """
    if asked is None or asked == AUTO:
        return None
    _choice(asked, None)
    return asked


def model_named(name: str) -> SpeechModel:
    """A model by its name; raises UsageError if there is none."""
    if name not in MODELS:
        raise UsageError(f"there is no speech model {name!r}: choose from {', '.join(MODELS)}")
    return MODELS[name]


def _choice(spoken: str | None, name: str | None) -> tuple[SpeechModel, ...]:
    """The models that will do, the best first."""
    choice = models_for(spoken) if name is None else (model_named(name),)
    if spoken is None and name is not None and len(choice[0].languages) == 1:
        (only,) = choice[0].languages
        raise UsageError(f"speech model {name} knows {only} alone: give --language {only}")
    if spoken is not None and not any(spoken in model.languages for model in choice):
        who = "no speech model knows" if name is None else f"speech model {name} does not know"
        raise UsageError(f"{who} the language {spoken!r}: give a two-letter code, as en, de or pl, or auto")
    return choice


def _nothing_here(language: str, choice: tuple[SpeechModel, ...]) -> SourceError:
    easiest = next((model for model in choice if model.stored.parts), choice[0])
    return SourceError(f"no speech model for {language} is on this machine: {how_to_get(easiest.stored)}")
