"""A desk or kiosk without a screen: ``python -m tests.faults.device_program DATA URL SEED …``.

People act at it one after another until its standard input ends; then nobody comes any more, it
waits until its queue is empty, and ends. What it says on standard output is said after the action
was acknowledged to its person, and never before.
"""

import argparse
import os
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from threading import Event

from kiosk import settings
from kiosk.bootstrap import open_front_desk
from kiosk.domain.forms import RegistrationForm
from kiosk.domain.operations import OperationKind
from kiosk.services import submissions
from kiosk.services.answers import (
    Cancelled,
    CodeRefused,
    Decided,
    Held,
    Invalid,
    Mismatched,
    NeedsLine,
    NoKey,
    NoRoom,
    Submission,
    Waiting,
)
from kiosk.services.local_front_desk import LocalFrontDesk
from kiosk.services.tools import Tools
from tests.faults.acknowledgements import Acknowledged, Drained, Said, Up, Withdrawn, encode_line
from tests.faults.hashes import InstantHasher
from tests.faults.people import Act, Actor, draw_act, read_people

REQUEST_SECONDS = 2.0
_PULL_SECONDS = 1.0
_SHORT_WAIT_SECONDS = 0.05
_LONG_WAIT_SECONDS = 1.5
_SHARE_OF_LONG_WAITS = 0.15
_SHARE_OF_CANCELLED = 0.04
_SHARE_OF_REAL_HASHES = 0.02


@dataclass
class Counter:
    """Where people act, and what is said of it."""

    desk: LocalFrontDesk
    tools: Tools
    people: list[Actor]
    random: Random
    order: int = 0

    def serve_one(self) -> None:
        """Let one person act, and say what they were told."""
        act = draw_act(self.people, self.random)
        self.order += 1
        said = self._told(act, self._submit(act))
        if said is not None:
            say(said)

    def _submit(self, act: Act) -> Submission:
        cancelled = Event()
        if self.random.random() < _SHARE_OF_REAL_HASHES:
            if isinstance(act.form, RegistrationForm):
                return self.desk.register(act.form, cancelled)
            return self.desk.reset_password(act.form, cancelled)
        is_patient = self.random.random() < _SHARE_OF_LONG_WAITS
        tools = replace(
            self.tools,
            answer_wait_seconds=_LONG_WAIT_SECONDS if is_patient else _SHORT_WAIT_SECONDS,
        )
        if self.random.random() < _SHARE_OF_CANCELLED:
            threading.Timer(self.random.uniform(0.0, 0.05), cancelled.set).start()
        if isinstance(act.form, RegistrationForm):
            return submissions.register(tools, act.form, cancelled)
        return submissions.reset_password(tools, act.form, cancelled)

    def _told(self, act: Act, submission: Submission) -> Said | None:
        match submission:
            case Decided(receipt, outcome, reason):
                return self._acknowledged(act, receipt, outcome=outcome, reason=reason)
            case Waiting(receipt, is_earlier):
                return self._acknowledged(act, receipt, is_earlier=is_earlier)
            case Cancelled() | Held() | Mismatched() | NoKey():
                # Without a key, which damage to the file may take, nothing is kept.
                return Withdrawn(order=self.order)
            case CodeRefused() | NeedsLine():
                raise AssertionError("the gate is the manual's, which asks for nothing")
            case Invalid(problems):
                raise AssertionError([f"{where}: {what}" for where, what in problems.items()])
            case NoRoom():
                raise AssertionError("the disk of this machine is full")

    def _acknowledged(
        self,
        act: Act,
        receipt: str,
        *,
        is_earlier: bool = False,
        outcome: str | None = None,
        reason: str | None = None,
    ) -> Acknowledged:
        return Acknowledged(
            order=self.order,
            receipt=receipt,
            person=act.actor.person_id,
            kind=OperationKind(act.kind),
            is_true=act.is_true,
            password=act.form.password,
            is_earlier=is_earlier,
            outcome=outcome,
            reason=reason,
        )


def say(said: Said) -> None:
    """Write one line at once, whole."""
    os.write(sys.stdout.fileno(), encode_line(said))


def main() -> int:
    """Serve until standard input ends, then drain; 1 where the queue did not empty in time."""
    asked = _arguments()
    loaded = settings.load(
        None,
        data_dir=asked.data,
        key_custody="file",
        key_file=asked.data.with_suffix(".key"),
        request_seconds=REQUEST_SECONDS,
        pull_interval_seconds=_PULL_SECONDS,
        answer_wait_seconds=_LONG_WAIT_SECONDS,
    )
    desk = open_front_desk(loaded, asked.url)
    ending = threading.Event()
    threading.Thread(target=_end_with_stdin, args=(ending,), daemon=True).start()
    tools = desk._tools
    say(Up(code=tools.identity.code))
    random = Random(asked.seed)
    counter = Counter(
        desk, replace(tools, hasher=InstantHasher()), read_people(asked.roster), random
    )
    while not ending.is_set():
        counter.serve_one()
        ending.wait(random.expovariate(1 / asked.pace))
    is_drained = _drain(desk, asked.patience)
    desk.close()
    return 0 if is_drained else 1


def _drain(desk: LocalFrontDesk, patience: float) -> bool:
    deadline = time.monotonic() + patience
    pause = threading.Event()
    while True:
        status = desk.line_status()
        if status.waiting == status.parked or time.monotonic() > deadline:
            say(Drained(waiting=status.waiting, parked=status.parked))
            return status.waiting == status.parked
        # As somebody would who presses "tentar agora".
        desk.try_now()
        pause.wait(0.5)


def _end_with_stdin(ending: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    ending.set()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("url")
    parser.add_argument("seed", type=int)
    parser.add_argument("--roster", type=Path, required=True)
    parser.add_argument("--pace", type=float, default=0.3, help="mean seconds between two people")
    parser.add_argument("--patience", type=float, default=180.0, help="seconds for the draining")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
