"""Which valence an emotion has on the scale of scores."""

from fsrf_live.fsrf.common.config import SCORE_HIGH

# Pleasure on a scale from -1 to 1 by Russell and Mehrabian 1977 (Evidence for a three-factor theory of
# emotions, Journal of Research in Personality 11:273-294). A face or voice called neutral or calm is the
# middle by definition of the score. Surprise may be good or bad, so it has no valence here; neither has a
# synthetic voice.
_PLEASURE = {
    "happy": 0.81,
    "neutral": 0.0,
    "calm": 0.0,
    "angry": -0.51,
    "sad": -0.63,
    "fearful": -0.64,
    "disgust": -0.60,
    "surprise": float("nan"),
    "none": float("nan"),
}
VALENCE = {emotion: SCORE_HIGH * pleasure for emotion, pleasure in _PLEASURE.items()}
_SAME = {
    "anger": "angry",
    "fear": "fearful",
    "happiness": "happy",
    "sadness": "sad",
    "surprised": "surprise",
}


def common_name(emotion: str) -> str:
    """The common name of an emotion that corpora call differently."""
    return _SAME.get(emotion, emotion)
