"""A line within one process, a fault at a time; behind it the registry's own code on a file."""

import contextlib
import sqlite3
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from random import Random

import msgspec
from sqlalchemy import Engine

from kiosk.domain.gates import DevicePolicy
from kiosk.registry import feeds
from kiosk.registry.claims import NotUnderstood as Unreadable
from kiosk.registry.clocks import system_clock
from kiosk.registry.cursors import Cursors
from kiosk.registry.digests import digest_key
from kiosk.registry.feeds import Feed
from kiosk.registry.keys import load_keys
from kiosk.registry.limits import Limits
from kiosk.registry.operations import Operations
from kiosk.registry.password_hashes import PasswordHashes
from kiosk.registry.policies import Policies
from kiosk.registry.sealing_keys import SealingKeys
from kiosk.registry.times import RegistryTimes
from kiosk.sync.registries import CursorGone, NotUnderstood, Unreachable
from kiosk.wire.messages import (
    Answer,
    Delivery,
    PullRequest,
    PullResponse,
    PushRequest,
    PushResponse,
    encode,
)
from tests.fakes import FakeRegistry
from tests.seals import use_the_tests_key


class LineFault(StrEnum):
    """What happens to one exchange."""

    LOST_REQUEST = "lost_request"
    LOST_ANSWER = "lost_answer"
    LATE = "late"
    TWICE = "twice"
    NO_ANSWER_TO_ONE = "no_answer_to_one"
    ODD_ANSWER_TO_ONE = "odd_answer_to_one"
    REGISTRY_DIES = "registry_dies"
    DEVICE_DIES_BEFORE = "device_dies_before"
    DEVICE_DIES_AFTER = "device_dies_after"


class Desks(Policies):
    """Every device is a desk: people come here more often than anybody resets at a kiosk."""

    def of(self, driver: sqlite3.Connection, device: str) -> DevicePolicy:
        """Return what is asked of a desk."""
        return DevicePolicy(self.gate_of(device), is_attended=True)


class Died(BaseException):
    """The device is switched off at this moment; nothing catches it."""


class RegistryDied(Exception):
    """The registry is switched off within a transaction."""


class RegistryCore:
    """The registry's own decisions and feed, without the HTTP between.

    Args:
        engine: Its database; the caller closes it.
        hashes: Which password hashes it takes.
        clock: Its time, in milliseconds since 1970.
    """

    def __init__(self, engine: Engine, hashes: PasswordHashes, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._dies_at: int | None = None
        self.unreadable: set[str] = set()
        self.heard: Callable[[str, Delivery], None] = lambda _device, _delivery: None
        self.said: Callable[[str, Answer], None] = lambda _device, _answer: None
        keys = load_keys(engine)
        cursors = Cursors(keys.cursors, self._now)
        # Not by the clock that dies: how often it is looked at says where within a batch that is.
        times = RegistryTimes(clock, lambda: clock() / 1000)
        limits = Limits(keys, times, Desks())
        use_the_tests_key(engine)
        sealing = SealingKeys(engine, system_clock)
        self._operations = Operations(engine, cursors, keys, sealing, hashes, self._now, limits)
        self._feed = Feed(engine, cursors, self._now, digest_key(keys))

    def take(self, request: PushRequest, dies_at: int | None = None) -> PushResponse:
        """Decide a batch as it comes off the wire.

        Args:
            request: The batch.
            dies_at: After how many looks at the clock the registry is switched off.
        """
        request = msgspec.json.decode(encode(request), type=PushRequest)
        if any(one.operation.id in self.unreadable for one in request.deliveries):
            raise NotUnderstood(422)
        self._dies_at = dies_at
        try:
            response = self._operations.take(request)
        except Unreadable:
            raise NotUnderstood(422) from None
        finally:
            self._dies_at = None
        for one in sorted(request.deliveries, key=lambda one: one.operation.sequence):
            self.heard(request.device, one)
        response = msgspec.json.decode(encode(response), type=PushResponse)
        for answer in response.answers:
            self.said(request.device, answer)
        return response

    def tell(self, request: PullRequest) -> PullResponse:
        """Return a page of the feed as it comes off the wire."""
        try:
            page = self._feed.read(request)
        except feeds.CursorGone:
            raise CursorGone from None
        return msgspec.json.decode(encode(page), type=PullResponse)

    def _now(self) -> int:
        if self._dies_at is not None:
            self._dies_at -= 1
            if self._dies_at < 0:
                raise RegistryDied
        return self._clock()


class Line(FakeRegistry):
    """What one device sees of the registry; what is not delivery and feed, the fake answers.

    Args:
        core: The registry at the other end; may be exchanged for a restarted one.
        random: Which answer of a batch is garbled.
    """

    def __init__(self, core: RegistryCore, random: Random | None = None) -> None:
        super().__init__()
        self.core = core
        self.faults: deque[LineFault] = deque()
        self.late: list[PushRequest] = []
        self.requests = 0
        self._random = Random(0) if random is None else random

    def push(self, request: PushRequest) -> PushResponse:
        """Deliver operations, unless the fault at hand says otherwise."""
        self.requests += 1
        fault = self._fault()
        if fault is LineFault.DEVICE_DIES_BEFORE:
            raise Died
        if fault is LineFault.LOST_REQUEST:
            raise Unreachable("lost")
        if fault is LineFault.LATE:
            self.late.append(request)
            raise Unreachable("late")
        if fault is LineFault.REGISTRY_DIES:
            self._die(request)
        response = self.core.take(request)
        if fault is LineFault.TWICE:
            response = self.core.take(request)
        if fault is LineFault.DEVICE_DIES_AFTER:
            raise Died
        if fault is LineFault.LOST_ANSWER:
            raise Unreachable("lost answer")
        return self._garbled(response, fault)

    def pull(self, request: PullRequest) -> PullResponse:
        """Fetch changes; every fault of a pull is that nothing comes of it."""
        fault = self._fault()
        if fault in (LineFault.DEVICE_DIES_BEFORE, LineFault.DEVICE_DIES_AFTER):
            raise Died
        if fault is not None and fault is not LineFault.TWICE:
            raise Unreachable(fault)
        return self.core.tell(request)

    def deliver_late(self, index: int) -> None:
        """Let a request arrive that its device has long given up."""
        # Nobody hears the answer.
        with contextlib.suppress(NotUnderstood):
            self.core.take(self.late.pop(index))

    def _fault(self) -> LineFault | None:
        return self.faults.popleft() if self.faults else None

    def _die(self, request: PushRequest) -> None:
        try:
            self.core.take(request, dies_at=self._random.randint(0, 2 * len(request.deliveries)))
        except RegistryDied:
            raise Unreachable("registry died") from None
        raise Unreachable("registry died after its commit")

    def _garbled(self, response: PushResponse, fault: LineFault | None) -> PushResponse:
        answers = list(response.answers)
        at = self._random.randrange(len(answers))
        if fault is LineFault.NO_ANSWER_TO_ONE:
            del answers[at]
        elif fault is LineFault.ODD_ANSWER_TO_ONE:
            answers[at] = msgspec.structs.replace(answers[at], outcome="perhaps")
        return PushResponse(answers=answers)
