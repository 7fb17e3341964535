"""The one thread that pushes and pulls, each on its own, for as long as the program runs."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from uuid import UUID

from kiosk.clocks import Clock, monotonic_ms
from kiosk.store.account_copies import AccountCopy
from kiosk.store.outboxes import Outbox
from kiosk.sync.deliveries import Deliveries
from kiosk.sync.policies import Pacer
from kiosk.sync.pulls import NO_LISTENERS, Puller, PullListeners
from kiosk.sync.pushes import Pusher
from kiosk.sync.registries import LineFailed, Registry
from kiosk.wire.messages import KeyAnnouncement

_log = logging.getLogger(__name__)
# So that a look at what comes free now never becomes a busy loop.
_FREE_MARGIN_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class LineState:
    """What is known of the line.

    Attributes:
        is_online: None until the first exchange has ended.
        offline_since_ms: When the first of the present failures happened, as this machine's clock
            would have shown it had it run as it runs now; None while there is none.
        cause: Why, in a word for technicians.
    """

    is_online: bool | None = None
    offline_since_ms: int | None = None
    cause: str | None = None


class SyncWorker:
    """Brings operations to the registry and its word back.

    It wakes on a timer, when somebody waits for an answer, and on "tentar agora". Push and pull
    have each their own back-off; a success of either says that the line is up.

    Args:
        outbox: The queue.
        copy: The copy of the registry's word.
        registry: Whom to talk to.
        device: Who is talking.
        clock: This machine's time.
        pull_interval_seconds: Pause between pulls while the line is up.
        random: Chance for the jitter.
        stumbled: Is told what the loop survives, and whether the copy was at work too.
        learn_key: Takes what the registry says of the key to seal to.
        listeners: Hear what else a pull says.
    """

    def __init__(
        self,
        outbox: Outbox,
        copy: AccountCopy,
        registry: Registry,
        *,
        device: str,
        clock: Clock,
        pull_interval_seconds: float,
        random: Random,
        stumbled: Callable[[Exception, bool], None] = lambda *_: None,
        learn_key: Callable[[KeyAnnouncement], object] = lambda _: None,
        listeners: PullListeners = NO_LISTENERS,
    ) -> None:
        self._stumbled = stumbled
        self.deliveries = Deliveries(clock.monotonic)
        self._outbox = outbox
        self._clock = clock
        self._pull_interval = pull_interval_seconds
        self._pacers = {"push": Pacer(random), "pull": Pacer(random)}
        self._pusher = Pusher(
            outbox, registry, device, clock, self.deliveries.age_of, self._pacers["push"]
        )
        self._puller = Puller(
            copy, outbox, registry, device, clock, self._pacers["pull"], learn_key, listeners
        )
        self._wake = threading.Condition()
        self._is_stopping = False
        self._hurried: list[UUID | None] = []
        self._was_answered = False
        self._line = LineState()
        self._lost_at = 0.0
        self._next_push = 0.0
        self._next_pull = 0.0
        self._watchers: list[Callable[[], None]] = []
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)

    def start(self) -> None:
        """Begin; the first exchange follows at once."""
        self._thread.start()

    def stop(self, patience_seconds: float) -> None:
        """End after the exchange under way; a lease heals what a lost one leaves behind."""
        with self._wake:
            self._is_stopping = True
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join(patience_seconds)

    def line(self) -> LineState:
        """Return what is known of the line now."""
        line = self._line
        if line.is_online is not False:
            return line
        # Counted back: the clock may have been set since the line was lost.
        lost_for = self._clock.monotonic() - self._lost_at
        return replace(line, offline_since_ms=self._clock.now_ms() - int(lost_for * 1000))

    def watch(self, changed: Callable[[], None]) -> None:
        """Call ``changed`` after every exchange, from the worker's thread."""
        self._watchers.append(changed)

    def next_try_in(self) -> float:
        """Return the seconds until the next delivery is tried, 0 while one is under way."""
        return max(0.0, self._next_push - self._clock.monotonic())

    def hurry(self, operation: UUID | None = None) -> None:
        """Try now; touches nothing on disk in the thread of whoever asks.

        Args:
            operation: Somebody waits for this one; None for everything.
        """
        with self._wake:
            self._hurried.append(operation)
            self._wake.notify_all()

    def heard(self) -> None:
        """Note that somebody else's exchange was answered: it ends the offline state."""
        with self._wake:
            if self._line.is_online is not True:
                self._was_answered = True
                self._wake.notify_all()

    def doubt(self) -> None:
        """Note that somebody else's exchange failed: look at the line now, if it counts as up."""
        with self._wake:
            if self._line.is_online:
                self._next_pull = 0.0
                self._wake.notify_all()

    def _run(self) -> None:
        while self._wait_until_due():
            self._note_answer()
            if self._clock.monotonic() >= self._next_push:
                pause = self._attempt("push", self._push)
                self._next_push = self._clock.monotonic() + pause
            if self._clock.monotonic() >= self._next_pull:
                pause = self._attempt("pull", self._pull)
                self._next_pull = self._clock.monotonic() + pause
        self._end()

    def _end(self) -> None:
        self._puller.close()
        try:
            self._pusher.close()
        except Exception as failure:  # noqa: BLE001
            # A disk that fails, say: the end goes on, and the next start gives back what was taken.
            _log.error("last_answers_not_settled", extra={"error": failure})

    def _wait_until_due(self) -> bool:
        """Sleep until something is due; False when the program ends."""
        with self._wake:
            while not self._is_stopping:
                if self._hurried or self._was_answered:
                    self._next_push = 0.0
                pause = min(self._next_push, self._next_pull) - self._clock.monotonic()
                if pause <= 0:
                    return True
                self._wake.wait(pause)
        return False

    def _note_answer(self) -> None:
        with self._wake:
            was_answered, self._was_answered = self._was_answered, False
        if was_answered:
            self._attempt("push", self._be_online)

    def _be_online(self) -> float:
        self._succeeded()
        return 0.0

    def _attempt(self, what: str, act: Callable[[], float]) -> float:
        """Do one exchange and return the seconds until the next."""
        try:
            return act()
        except LineFailed as failure:
            if failure.is_of_line:
                self._failed(failure)
            else:
                self.tell()
            self.deliveries.answer(failure.settled)
            self.deliveries.give_up(failure.tried)
            return failure.pause_seconds
        except Exception as failure:  # noqa: BLE001
            # Nothing may end this loop: a fault of the program or of the disk is told and waited
            # out like one of the line, and the leases give back what was claimed.
            self.deliveries.give_up(self.deliveries.expected())
            _log.error("exchange_stumbled", extra={"exchange": what, "error": failure})
            self._stumbled(failure, what == "pull")
            self.tell()
            return self._pacers[what].failed()

    def _push(self) -> float:
        self._hasten()
        began = monotonic_ms(self._clock)
        done = self._pusher.push_once()
        if not done.tried:
            self.tell()
            return self._until_next_is_free(began)
        self._succeeded()
        self.deliveries.answer(done.settled)
        return 0.0

    def _hasten(self) -> None:
        """Do what was asked of ``hurry`` since the last push."""
        with self._wake:
            hurried, self._hurried = self._hurried, []
        if None in hurried:
            self._next_pull = 0.0
            self._outbox.hasten()
            return
        for operation in hurried:
            self._outbox.hasten(behind=operation)

    def _until_next_is_free(self, began: int) -> float:
        """Return the seconds until a lease or a wait ends, at most until the next pull.

        Args:
            began: Before the operations that are free were taken, monotonic milliseconds.
        """
        free_at = self._outbox.next_free_at(began)
        if free_at is None:
            return self._pull_interval
        wait = max(0.0, free_at / 1000 - self._clock.monotonic()) + _FREE_MARGIN_SECONDS
        return min(wait, self._pull_interval)

    def _pull(self) -> float:
        done = self._puller.pull_once()
        if done.heard:
            self._pusher.heard_elsewhere()
            self._succeeded()
        return done.pause_seconds if done.has_more else self._pull_interval

    def _succeeded(self) -> None:
        if self._line.is_online is False:
            # The line is back: nothing waits out a pause that was meant for a dead one.
            _log.info("line_back")
            self._outbox.hasten()
            self._next_push = self._next_pull = 0.0
        self._line = LineState(is_online=True)
        self.tell()

    def _failed(self, failure: LineFailed) -> None:
        if self._line.is_online is not False:
            self._lost_at = self._clock.monotonic()
            _log.info("line_lost", extra={"cause": failure.cause})
        self._line = LineState(is_online=False, cause=failure.cause)
        self.tell()

    def tell(self) -> None:
        """Call whoever watches: something may have changed."""
        # Always before whoever waits for an answer hears it: the foot of the screen that tells the
        # answer is then right from the first.
        for changed in self._watchers:
            try:
                changed()
            except Exception as failure:  # noqa: BLE001
                # A watcher that stumbles (over a disk that fails, say) must not end the loop.
                _log.error("watcher_stumbled", extra={"error": failure})
