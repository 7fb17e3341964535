"""HTTP/1.1 as far as a proxy needs it: where one message ends and the next begins."""

import socket
from dataclasses import dataclass
from random import Random

_PIECE = 65536
_LONGEST_HEAD = 65536


class Broken(Exception):
    """The other side went away within a message, or what it said is no HTTP."""


@dataclass(frozen=True, slots=True)
class RawMessage:
    """One request or answer, byte for byte.

    Attributes:
        head: Up to and with the empty line.
        is_last: Its sender closes the connection after it.
    """

    head: bytes
    body: bytes
    is_last: bool

    @property
    def whole(self) -> bytes:
        return self.head + self.body


class MessageReader:
    """Takes one message after another from a connection.

    Args:
        connection: Closed by whoever opened it.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = bytearray()

    def read(self) -> RawMessage | None:
        """Return the next message, or None where the other side has ended between two.

        Raises:
            Broken: It ended within one.
        """
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > _LONGEST_HEAD:
                raise Broken
            if not self._more():
                if self._buffer:
                    raise Broken
                return None
        head = self._take(end + 4)
        fields = _fields(head)
        is_last = fields.get(b"connection", b"").lower() == b"close"
        length = fields.get(b"content-length")
        if length is not None:
            if not length.isdigit():
                raise Broken
            return RawMessage(head, self._exactly(int(length)), is_last)
        if head.startswith(b"HTTP/"):
            # Without a length an answer ends with its connection.
            return RawMessage(head, self._rest(), is_last=True)
        return RawMessage(head, b"", is_last)

    def _exactly(self, length: int) -> bytes:
        while len(self._buffer) < length:
            if not self._more():
                raise Broken
        return self._take(length)

    def _rest(self) -> bytes:
        while self._more():
            pass
        return self._take(len(self._buffer))

    def _more(self) -> bool:
        try:
            piece = self._connection.recv(_PIECE)
        except OSError:
            raise Broken from None
        self._buffer += piece
        return bool(piece)

    def _take(self, length: int) -> bytes:
        taken = bytes(self._buffer[:length])
        del self._buffer[:length]
        return taken


def corrupted(message: RawMessage, random: Random) -> bytes:
    """Return a message with one to three other bytes, all in its head or, mostly, all in its body.

    As often as not a byte becomes another of its kind, a digit a digit: such damage still parses.
    """
    whole = bytearray(message.whole)
    in_body = bool(message.body) and random.random() < 0.8
    first, end = (len(message.head), len(whole)) if in_body else (0, len(message.head))
    for place in random.sample(range(first, end), min(random.randint(1, 3), end - first)):
        whole[place] = _other(whole[place], random)
    return bytes(whole)


def _other(byte: int, random: Random) -> int:
    if random.random() < 0.5:
        for kind in (b"0123456789", b"abcdefghijklmnopqrstuvwxyz", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
            if byte in kind:
                return random.choice([one for one in kind if one != byte])
    return byte ^ random.randint(1, 255)


def _fields(head: bytes) -> dict[bytes, bytes]:
    lines = head.split(b"\r\n")[1:]
    pairs = (line.partition(b":") for line in lines if line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
