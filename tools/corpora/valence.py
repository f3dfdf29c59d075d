"""Which valence an emotion has on the score's scale from -3 to 3."""

# Pleasure on a scale from -1 to 1 by Russell and Mehrabian 1977 (Evidence for a three-factor theory of
# emotions, Journal of Research in Personality 11:273-294): happy .81, angry -.51, sad -.63, fearful -.64,
# disgusted -.60; times 3. A face or voice called neutral or calm is the middle by definition of the score.
# Surprise may be good or bad, so it has no valence here; neither has a synthetic voice.
VALENCE = {
    "happy": 2.43,
    "neutral": 0.0,
    "calm": 0.0,
    "angry": -1.53,
    "sad": -1.89,
    "fearful": -1.92,
    "disgust": -1.80,
    "surprise": float("nan"),
    "none": float("nan"),
}
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
