"""Text from outside, made fit to be shown: it may hold anything, terminal commands too."""

import re
import unicodedata

ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])?")


def printable(text: str) -> str:
    """Take out terminal commands and control characters, and make every stretch of white space one blank."""
    text = " ".join(ESCAPE.sub("", text).split())
    kept = (character for character in text if unicodedata.category(character) not in ("Cc", "Cs"))
    return "".join(kept).strip()
