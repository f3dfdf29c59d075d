"""The parts of a multipart stream, as network cameras send their pictures (RFC 2046, 5.1). Pure.

Cameras differ: boundaries with or without their dashes in the header, or not in it at all; lines that end in
a newline alone; parts with and without a length; anything before the first boundary and between parts.
"""

from email.message import Message
from email.parser import BytesParser

LONGEST_PART = 32 << 20
"""A part beyond this many bytes is no picture of a camera: what is held is given up."""
_LONGEST_HEAD = 16 << 10


def boundary_of(content_type: str) -> bytes | None:
    """The boundary that a ``Content-Type`` declares, without dashes; None if it is no multipart stream."""
    message = Message()
    message["Content-Type"] = content_type
    if message.get_content_maintype() != "multipart":
        return None
    return str(message.get_param("boundary", "")).encode("latin-1", "replace").lstrip(b"-")


class Multipart:
    """Takes bytes as they come, in pieces of any size; gives the bodies of the parts that are complete."""

    def __init__(self, boundary: bytes) -> None:
        """`boundary` is without its dashes; if it is empty, the first line with dashes tells it."""
        self._line = b"--" + boundary
        self._knows_boundary = bool(boundary)
        self._held = bytearray()
        self._length: int | None = None
        self._in_body = False

    def push(self, data: bytes) -> list[bytes]:
        """Take bytes; gives the bodies that they completed, oldest first."""
        self._held += data
        bodies = []
        while (body := self._next()) is not None:
            bodies.append(body)
        if len(self._held) > LONGEST_PART:
            self._held.clear()
            self._in_body = False
        return bodies

    def _next(self) -> bytes | None:
        if not self._in_body and not self._read_head():
            return None
        if self._length is not None:
            if len(self._held) < self._length:
                return None
            return self._take(self._length)
        end = self._held.find(self._line)
        if end < 0:
            return None
        # Dashes are left over if a boundary has more of them in the stream than in the header.
        return self._take(end).rstrip(b"-").removesuffix(b"\n").removesuffix(b"\r")

    def _read_head(self) -> bool:
        """Go behind the next boundary and the headers under it; False if they have not come yet."""
        begin = self._held.find(self._line)
        if begin < 0 or not (self._knows_boundary or self._learn(begin)):
            if begin < 0:
                del self._held[: max(0, len(self._held) - len(self._line))]
            return False
        head, gap = self._head_from(begin)
        if head is None:
            return False
        told = BytesParser().parsebytes(bytes(self._held[head:gap]), headersonly=True)["Content-Length"]
        length = str(told or "").strip()
        self._length = int(length) if length.isdecimal() and int(length) <= LONGEST_PART else None
        while bytes(self._held[gap : gap + 1]) in (b"\r", b"\n"):
            gap += 1
        del self._held[:gap]
        self._in_body = True
        return True

    def _learn(self, begin: int) -> bool:
        line_end = self._held.find(b"\n", begin)
        self._knows_boundary = line_end >= 0
        if self._knows_boundary:
            self._line = bytes(self._held[begin:line_end]).rstrip()
        return self._knows_boundary

    def _head_from(self, begin: int) -> tuple[int | None, int]:
        """Where the headers of the part at `begin` start and where the blank line under them is."""
        line_end = self._held.find(b"\n", begin)
        if line_end < 0:
            return None, 0
        head = line_end + 1
        gaps = [self._held.find(blank, head - 1) for blank in (b"\n\r\n", b"\n\n")]
        found = [gap + 1 for gap in gaps if gap >= 0]
        if not found:
            if len(self._held) - head > _LONGEST_HEAD:
                del self._held[:head]
            return None, 0
        return head, min(found)

    def _take(self, size: int) -> bytes:
        body = bytes(self._held[:size])
        del self._held[:size]
        self._in_body = False
        return body
