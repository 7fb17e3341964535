"""Mails as files in a folder instead of being sent: for the demonstration, and to look at them."""

import os
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType

from kiosk.database.files import OWNER_ONLY
from kiosk.registry.letters import Sender
from kiosk.registry.mail_failures import LineFailed


@dataclass(frozen=True, slots=True)
class MailFolder:
    """Writes each mail into a file of its own, ``….eml``; the same again is the same file.

    Attributes:
        folder: Made where it is missing, for the owner of the process alone.
        sender: Who mails come from.
    """

    folder: Path
    sender: Sender
    seconds: float = 30.0
    is_raw: bool = True

    def session(self) -> "MailFolder":
        """Return itself: nothing is held."""
        return self

    def __enter__(self) -> "MailFolder":
        """Make the folder.

        Raises:
            LineFailed: It cannot be made.
        """
        try:
            self.folder.mkdir(0o700, parents=True, exist_ok=True)
        except OSError:
            raise LineFailed("folder") from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is held."""

    def send(self, letter: EmailMessage, name: str) -> None:
        """Write one letter.

        Args:
            letter: The letter.
            name: Of the file, after the time of the letter; speaks of nobody.

        Raises:
            LineFailed: It cannot be written.
        """
        made = parsedate_to_datetime(str(letter["Date"]))
        path = self.folder / f"{made:%Y-%m-%d-%H%M%S}-{name}.eml"
        part = path.with_suffix(".part")
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
            with os.fdopen(descriptor, "wb") as file:
                file.write(bytes(letter))
            part.replace(path)
        except OSError:
            raise LineFailed("folder") from None

    def cut(self) -> None:
        """A file is written at once."""
