"""The file by which a queue is carried where no line goes: JSON, a message a line, UTF-8.

The first line is the header, the last the trailer, each between them one ``OperationMessage`` as a
push would send it.
"""

import msgspec

from kiosk.wire.messages import MAX_BODY_BYTES, Instant, Message

FORMAT = "kiosk-pas-outbox"
VERSION = 1
# More than any push can carry, so that whatever was recorded fits; a reader needs a bound.
MAX_LINE_BYTES = 2 * MAX_BODY_BYTES
FIRST_BYTES = f'{{"format":"{FORMAT}"'.encode()


class OutboxFileHeader(Message, frozen=True, kw_only=True):
    """Whose queue it is.

    Attributes:
        device: Code that begins every receipt in the file.
        exported_at: By the device's clock.
        count: Operations in the file.
    """

    format: str
    version: int
    device: str
    exported_at: Instant
    count: int


class OutboxFileTrailer(Message, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Says that the file is whole.

    Attributes:
        count: Operations in the file.
        sha256: Of every byte before this line, 64 hexadecimal digits.
    """

    count: int
    sha256: str


class OutboxFileKind(msgspec.Struct, frozen=True):
    """As much of a header as files of every version have."""

    format: str
    version: int
