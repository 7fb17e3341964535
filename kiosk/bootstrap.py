"""The one place that names every concrete class of the device and wires them."""

from contextlib import ExitStack
from dataclasses import replace
from random import SystemRandom

from kiosk.blocklist_files import load_blocklist
from kiosk.clocks import SteadyClock, SystemClock
from kiosk.logs import logged
from kiosk.services.local_front_desk import LocalFrontDesk
from kiosk.services.tools import Tools
from kiosk.settings import Settings
from kiosk.store.backups import Backups, BackupThread
from kiosk.store.carried_marks import CarriedMark
from kiosk.store.copy_openings import open_copy
from kiosk.store.disks import DiskSpace
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.hands import Hands
from kiosk.store.holds import DataDirHold
from kiosk.store.identities import load_identity
from kiosk.store.known_times import KnownTimes
from kiosk.store.outboxes import Outbox
from kiosk.store.parked_operations import ParkedOperations
from kiosk.store.queue_views import QueueView
from kiosk.store.receipt_ledgers import ReceiptLedger
from kiosk.store.running_marks import RunningMark
from kiosk.store.suspicions import Suspicion
from kiosk.sync.client import HttpRegistry
from kiosk.sync.observations import ObservedRegistry
from kiosk.sync.workers import SyncWorker

_STOP_MARGIN_SECONDS = 1.0


def open_front_desk(settings: Settings, registry_url: str) -> LocalFrontDesk:
    """Open the store, start the worker, and return the services.

    Args:
        settings: As loaded.
        registry_url: Address of the registry.

    Raises:
        Complaint: The data directory cannot be used or another program uses it, its store is of a
            newer program, it belongs to a device of another code, or the list of common passwords
            is missing or damaged.
    """
    with ExitStack() as opened:
        opened.callback(DataDirHold(settings.data_dir).close)
        opened.enter_context(logged(settings.data_dir, "device"))
        ended_suddenly = RunningMark(settings.data_dir / FILE_NAME).ended_uncleanly()
        engine = open_store(settings.data_dir)
        opened.callback(engine.dispose)
        identity = load_identity(engine, settings.device_code)
        times = KnownTimes(engine)
        clock = SteadyClock(SystemClock(), times.load(), times.keep)
        copy = open_copy(settings.data_dir, ended_suddenly=ended_suddenly)
        opened.callback(copy.close)
        carried = CarriedMark(settings.data_dir)
        outbox = Outbox(engine, identity.code, copy.cursor, carried.reaches)
        outbox.heal(ended_suddenly=ended_suddenly)
        hands = Hands(settings.data_dir)
        left = hands.left(engine)
        opened.callback(hands.let_go)
        suspicion = Suspicion(settings.data_dir / FILE_NAME)
        backups = BackupThread(
            Backups(settings.data_dir / FILE_NAME, clock.monotonic, suspicion=suspicion)
        )
        opened.callback(backups.stop)
        registry = HttpRegistry(registry_url, settings.request_seconds)
        opened.callback(registry.close)
        worker = SyncWorker(
            outbox,
            copy,
            registry,
            device=identity.code,
            clock=clock,
            pull_interval_seconds=settings.pull_interval_seconds,
            random=SystemRandom(),
            stumbled=suspicion.look_at,
        )
        worker.watch(clock.keep_if_due)
        opened.callback(worker.stop, settings.request_seconds + _STOP_MARGIN_SECONDS)
        tools = Tools(
            rules=replace(settings.rules, common_passwords=load_blocklist()),
            identity=identity,
            outbox=outbox,
            hands=hands,
            disk=DiskSpace(settings.data_dir),
            suspicion=suspicion,
            parked=ParkedOperations(outbox),
            queue=QueueView(engine),
            ledger=ReceiptLedger(engine, identity),
            worker=worker,
            registry=ObservedRegistry(registry, worker),
            clock=clock,
            answer_wait_seconds=settings.answer_wait_seconds,
        )
        worker.start()
        backups.start()
        return LocalFrontDesk(
            tools,
            settings.portal_contact,
            left if left or ended_suddenly else None,
            opened.pop_all().close,
        )
