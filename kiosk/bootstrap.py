"""The one place that names every concrete class of the device and wires them."""

import logging
from contextlib import ExitStack
from dataclasses import replace
from random import SystemRandom

from kiosk.blocklist_files import load_blocklist
from kiosk.clocks import SteadyClock, SystemClock
from kiosk.complaints import Complaint, NotEnrolled
from kiosk.custody.choices import wish_of
from kiosk.domain.gates import DESK_FACE, KIOSK_FACE
from kiosk.logs import logged
from kiosk.services.local_first_runs import LocalFirstRun
from kiosk.services.local_front_desk import LocalFrontDesk
from kiosk.services.tools import Tools
from kiosk.settings import Settings
from kiosk.store.backups import Backups, BackupThread
from kiosk.store.carried_marks import CarriedMark
from kiosk.store.copy_openings import open_copy
from kiosk.store.disks import DiskSpace
from kiosk.store.enrolments import Enrolment, EnrolmentStore
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.hands import Hands
from kiosk.store.holds import DataDirHold
from kiosk.store.identities import load_identity
from kiosk.store.kept_gates import KeptGate
from kiosk.store.known_times import KnownTimes
from kiosk.store.outboxes import Outbox
from kiosk.store.parked_operations import ParkedOperations
from kiosk.store.queue_views import QueueView
from kiosk.store.receipt_ledgers import ReceiptLedger
from kiosk.store.registry_keys import RegistryKeys
from kiosk.store.release_codes import ReleaseCodes
from kiosk.store.running_marks import RunningMark
from kiosk.store.suspicions import Suspicion
from kiosk.store.throttles import DeviceThrottle
from kiosk.store.unlockings import is_untouched, unlock
from kiosk.store.unsealed_rows import seal_rows
from kiosk.sync.client import HttpRegistry
from kiosk.sync.enrolments import enrol
from kiosk.sync.gate_words import GateLearner
from kiosk.sync.observations import ObservedRegistry
from kiosk.sync.pulls import PullListeners
from kiosk.sync.registries import NotAuthorised, Unreachable
from kiosk.sync.renewals import KeyRenewal, KeyRenewalThread
from kiosk.sync.signers import RequestSigner
from kiosk.sync.workers import SyncWorker

_STOP_MARGIN_SECONDS = 1.0
_log = logging.getLogger(__name__)


def open_front_desk(
    settings: Settings,
    registry_url: str | None = None,
    enrolment_code: str | None = None,
    face: str | None = None,
) -> LocalFrontDesk:
    """Open the store, start the worker, and return the services.

    Args:
        settings: As loaded.
        registry_url: Address of the registry; None for the one this device is enrolled at.
        enrolment_code: Of a registry on loopback that the program itself has started: a machine
            that is not enrolled is, with it.
        face: The one that will be shown; None for whichever, as in a demonstration.

    Raises:
        NotEnrolled: This machine is not enrolled.
        Complaint: The data directory cannot be used or another program uses it, its key is not
            there, its store is of a newer program, this machine is enrolled with another face, or
            the list of common passwords is missing or damaged.
    """
    with ExitStack() as opened:
        opened.callback(DataDirHold(settings.data_dir).close)
        log = opened.enter_context(logged(settings.data_dir, "device"))
        ended_suddenly = RunningMark(settings.data_dir / FILE_NAME).ended_uncleanly()
        if enrolment_code is None and is_untouched(settings.data_dir):
            raise NotEnrolled
        key = unlock(settings.data_dir, wish_of(settings))
        engine = open_store(settings.data_dir, key)
        opened.callback(engine.dispose)
        enrolments = EnrolmentStore(engine)
        enrolment = enrolments.load()
        if enrolment is None and enrolment_code is not None and registry_url is not None:
            enrolment = _enrol_here(enrolments, settings, registry_url, enrolment_code)
        if enrolment is None:
            raise NotEnrolled
        if face not in (None, enrolment.agreed.face):
            raise _other_face(enrolment)
        identity = load_identity(engine)
        log.device = identity.code
        _log.info("program_started", extra={"ended_suddenly": ended_suddenly})
        opened.callback(_log.info, "program_ended")
        times = KnownTimes(engine)
        clock = SteadyClock(SystemClock(), times.load(), times.keep)
        copy = open_copy(settings.data_dir, ended_suddenly=ended_suddenly, key=key)
        opened.callback(copy.close)
        carried = CarriedMark(settings.data_dir)
        outbox = Outbox(engine, identity.code, copy.cursor, carried.reaches)
        outbox.heal()
        hands = Hands(settings.data_dir)
        left = hands.left(engine)
        opened.callback(hands.let_go)
        suspicion = Suspicion(settings.data_dir / FILE_NAME)
        backups = BackupThread(
            Backups(settings.data_dir / FILE_NAME, clock.monotonic, suspicion=suspicion, key=key)
        )
        opened.callback(backups.stop)
        keys = RegistryKeys(engine)
        sealing_key = keys.current()
        if sealing_key is not None:
            seal_rows(outbox, sealing_key)
        signer = RequestSigner(enrolment.key, clock.now_ms)
        registry = HttpRegistry(
            registry_url or enrolment.agreed.registry,
            settings.request_seconds,
            signer,
            ca=enrolment.agreed.ca,
        )
        opened.callback(registry.close)
        gates = KeptGate(engine)
        learner = GateLearner(registry, identity.code, keys, gates)
        worker = SyncWorker(
            outbox,
            copy,
            registry,
            device=identity.code,
            clock=clock,
            pull_interval_seconds=settings.pull_interval_seconds,
            random=SystemRandom(),
            stumbled=suspicion.look_at,
            learn_key=keys.learn,
            listeners=PullListeners(keys.current, learner.learn, learner.shut_out),
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
            parked=ParkedOperations(outbox, keys.current),
            queue=QueueView(engine),
            ledger=ReceiptLedger(engine, identity),
            keys=keys,
            copy=copy,
            gates=gates,
            codes=ReleaseCodes(engine, identity, gates, clock.steady_ms),
            worker=worker,
            registry=ObservedRegistry(registry, worker),
            clock=clock,
            throttle=DeviceThrottle(engine, identity, clock.monotonic),
            refusal_seconds=settings.sign_in_floor_seconds,
            answer_wait_seconds=settings.answer_wait_seconds,
            is_kiosk=enrolment.agreed.face == KIOSK_FACE,
        )
        renewals = KeyRenewalThread(KeyRenewal(enrolments, registry, signer, clock))
        opened.callback(renewals.stop, settings.request_seconds + _STOP_MARGIN_SECONDS)
        worker.start()
        renewals.start()
        backups.start()
        return LocalFrontDesk(
            tools,
            settings.portal_contact,
            left if left or ended_suddenly else None,
            opened.pop_all().close,
        )


def begin_first_run(settings: Settings) -> LocalFirstRun:
    """Return what makes this machine a device, for the screens of a technician.

    Raises:
        Complaint: The data directory cannot be used, or another program uses it.
    """
    return LocalFirstRun(settings)


def enrol_new(settings: Settings, registry_url: str, enrolment_code: str) -> None:
    """Enrol a machine that has no store yet at a registry that the program itself has started.

    Raises:
        Complaint: The data directory cannot be used, or the registry said no.
    """
    if (settings.data_dir / FILE_NAME).exists():
        return
    with ExitStack() as opened:
        opened.callback(DataDirHold(settings.data_dir).close)
        engine = open_store(settings.data_dir, unlock(settings.data_dir, wish_of(settings)))
        opened.callback(engine.dispose)
        _enrol_here(EnrolmentStore(engine), settings, registry_url, enrolment_code)


def _enrol_here(
    enrolments: EnrolmentStore, settings: Settings, registry_url: str, code: str
) -> Enrolment:
    try:
        return enrol(
            enrolments,
            registry_url,
            code,
            ca=None,
            now_ms=SystemClock().now_ms,
            total_seconds=settings.request_seconds,
        )
    except (Unreachable, NotAuthorised):
        raise Complaint(
            "O cadastro de demonstração não aceitou esta máquina. Feche e abra de novo; se não "
            "adiantar, use outra pasta com --data."
        ) from None


def _other_face(enrolment: Enrolment) -> Complaint:
    agreed = enrolment.agreed
    there, here = ("balcão", "quiosque") if agreed.face == DESK_FACE else ("quiosque", "balcão")
    return Complaint(
        f"Esta máquina está inscrita como {there} (“{agreed.name}”) e não abre como {here}. "
        f"Abra com: main.py {agreed.face}. Se ela deve mudar, peça um código (registry devices "
        f"enrol-code --device {enrolment.code}) e use: main.py enrol --again"
    )
