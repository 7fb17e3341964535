"""What a device process says on its standard output, one JSON line for each thing."""

from typing import Annotated

import msgspec


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True, tag="acknowledged", tag_field="said"):
    """An action whose person was told something final enough to go home with.

    Attributes:
        order: Count of the actions of this run of the program.
        person: The plan's number of an invented person.
        is_true: The data typed were the person's; else the date of birth was another's.
        is_earlier: The receipt is that of the person's own earlier operation, noticed.
        outcome: Where the registry's answer was told as well.
        password: What the invented person chose.
    """

    order: int
    receipt: str
    person: str
    kind: str
    is_true: bool
    password: str
    is_earlier: bool = False
    outcome: str | None = None
    reason: str | None = None


class Withdrawn(msgspec.Struct, frozen=True, kw_only=True, tag="withdrawn", tag_field="said"):
    """An action that its person took back in time."""

    order: int


class Up(msgspec.Struct, frozen=True, kw_only=True, tag="up", tag_field="said"):
    """The program has begun."""

    code: str


class Drained(msgspec.Struct, frozen=True, kw_only=True, tag="drained", tag_field="said"):
    """The program has stopped acting, and has waited for its queue to empty."""

    waiting: int
    parked: int


Said = Annotated[Acknowledged | Withdrawn | Up | Drained, msgspec.Meta()]
_DECODER: msgspec.json.Decoder[Said] = msgspec.json.Decoder(Said)


def encode_line(said: Said) -> bytes:
    """Return one line, so short that a pipe takes it whole or not at all."""
    return msgspec.json.encode(said) + b"\n"


def decode_line(line: bytes) -> Said:
    """Read one line."""
    return _DECODER.decode(line)
