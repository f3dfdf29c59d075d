"""How large a JPEG is, told by its head: before it is decoded, for a few bytes may claim gigabytes."""

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of a frame (ITU-T T.81, table B.1): those of tables and of the extension are none."""
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_SCAN = 0xDA


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels; None if there is no frame before the picture itself begins."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == _SCAN:
            return None
        if marker in _FRAMES:
            height, width = data[at + 5 : at + 7], data[at + 7 : at + 9]
            return (int.from_bytes(width), int.from_bytes(height)) if len(width) == 2 else None
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return None
