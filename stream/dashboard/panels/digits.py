"""Block digits: two pixel fonts, one of half blocks (two pixels to a cell), one of full blocks."""

from fsrf_live.stream.dashboard.cells import DASH, MINUS

_FONT: dict[str, tuple[str, ...]] = {
    "0": ("#####", "#...#", "#...#", "#...#", "#...#", "#####"),
    "1": ("..#..", "###..", "..#..", "..#..", "..#..", "#####"),
    "2": ("#####", "....#", "#####", "#....", "#....", "#####"),
    "3": ("#####", "....#", ".####", "....#", "....#", "#####"),
    "4": ("#...#", "#...#", "#####", "....#", "....#", "....#"),
    "5": ("#####", "#....", "#####", "....#", "....#", "#####"),
    "6": ("#####", "#....", "#####", "#...#", "#...#", "#####"),
    "7": ("#####", "....#", "...#.", "..#..", "..#..", "..#.."),
    "8": ("#####", "#...#", "#####", "#...#", "#...#", "#####"),
    "9": ("#####", "#...#", "#####", "....#", "....#", "#####"),
    "+": (".....", "..#..", "#####", "..#..", ".....", "....."),
    MINUS: (".....", ".....", "#####", ".....", ".....", "....."),
    DASH: (".....", ".....", "#####", ".....", ".....", "....."),
    ".": (".", ".", ".", ".", ".", "#"),
    " ": ("..", "..", "..", "..", "..", ".."),
}
_WIDE_FONT: dict[str, tuple[str, ...]] = {
    "0": ("###", "#.#", "#.#", "#.#", "###"),
    "1": (".#.", "##.", ".#.", ".#.", "###"),
    "2": ("###", "..#", "###", "#..", "###"),
    "3": ("###", "..#", ".##", "..#", "###"),
    "4": ("#.#", "#.#", "###", "..#", "..#"),
    "5": ("###", "#..", "###", "..#", "###"),
    "6": ("###", "#..", "###", "#.#", "###"),
    "7": ("###", "..#", ".#.", ".#.", ".#."),
    "8": ("###", "#.#", "###", "#.#", "###"),
    "9": ("###", "#.#", "###", "..#", "###"),
    "+": ("...", ".#.", "###", ".#.", "..."),
    MINUS: ("...", "...", "###", "...", "..."),
    DASH: ("...", "...", "###", "...", "..."),
    ".": (".", ".", ".", ".", "#"),
    " ": (".", ".", ".", ".", "."),
}
_CELLS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}

SMALL_ROWS = 3
LARGE_ROWS = 5
LARGE_CELLS = 34


def small(text: str) -> list[str]:
    """The text in 3 rows of cells; characters that the font lacks are left out."""
    rows = _pixels(text, _FONT, 2 * SMALL_ROWS)
    return [
        "".join(_CELLS[upper == "#", lower == "#"] for upper, lower in zip(rows[i], rows[i + 1], strict=True))
        for i in range(0, len(rows), 2)
    ]


def large(text: str) -> list[str]:
    """The text in 5 rows of full blocks; ``+0.00`` takes `LARGE_CELLS` cells."""
    rows = _pixels(text, _WIDE_FONT, LARGE_ROWS)
    return ["".join("██" if pixel == "#" else "  " for pixel in row) for row in rows]


def _pixels(text: str, font: dict[str, tuple[str, ...]], rows: int) -> list[str]:
    glyphs = [font[character] for character in text if character in font]
    return [".".join(glyph[row] for glyph in glyphs) for row in range(rows)]
