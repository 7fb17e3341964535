"""What the services work with; put together in ``kiosk.bootstrap``."""

import os
from dataclasses import dataclass, field
from uuid import UUID

from argon2 import PasswordHasher

from kiosk.clocks import Clock
from kiosk.domain.forms import Rules
from kiosk.domain.operation_ids import uuid7
from kiosk.store.account_copies import AccountCopy
from kiosk.store.disks import DiskSpace
from kiosk.store.hands import Hands
from kiosk.store.identities import DeviceIdentity
from kiosk.store.kept_gates import KeptGate
from kiosk.store.outboxes import Outbox
from kiosk.store.parked_operations import ParkedOperations
from kiosk.store.queue_views import QueueView
from kiosk.store.receipt_ledgers import ReceiptLedger
from kiosk.store.registry_keys import RegistryKeys
from kiosk.store.release_codes import ReleaseCodes
from kiosk.store.suspicions import Suspicion
from kiosk.store.throttles import DeviceThrottle
from kiosk.sync.observations import ObservedRegistry
from kiosk.sync.workers import SyncWorker

STAFF = "staff"
"""Who acted, where it was not the person themselves."""


@dataclass(frozen=True, slots=True)
class Tools:
    """One running device.

    Attributes:
        suspicion: Whether the store was found damaged.
        throttle: Counts what is tried here.
        keys: What is sealed to.
        copy: The registry's word.
        gates: What has to be passed here, and the release keys.
        codes: Takes and makes release codes.
        answer_wait_seconds: How long a person waits for the registry before "recebido".
        hasher: argon2id with the parameters the registry takes.
        refusal_seconds: How long an attempt that is held here waits for its answer, as one waits
            that the registry refuses.
        is_kiosk: People serve themselves here.
    """

    rules: Rules
    identity: DeviceIdentity
    outbox: Outbox
    hands: Hands
    disk: DiskSpace
    suspicion: Suspicion
    parked: ParkedOperations
    queue: QueueView
    ledger: ReceiptLedger
    keys: RegistryKeys
    copy: AccountCopy
    gates: KeptGate
    codes: ReleaseCodes
    worker: SyncWorker
    registry: ObservedRegistry
    clock: Clock
    throttle: DeviceThrottle
    answer_wait_seconds: float
    hasher: PasswordHasher = field(default_factory=PasswordHasher)
    refusal_seconds: float = 0.5
    is_kiosk: bool = True

    def new_operation_id(self) -> UUID:
        """Draw an id that grows with time."""
        return uuid7(self.clock.now_ms(), os.urandom(10))
