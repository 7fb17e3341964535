"""A device becomes one: over the real service, with clocks that are wrong, over TLS."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest
import uvicorn
from argon2 import PasswordHasher
from sqlalchemy import Engine, delete

from kiosk.domain.cards import CardFormat
from kiosk.registry.api import create_app
from kiosk.registry.clocks import system_clock
from kiosk.registry.databases import default_url, open_database
from kiosk.registry.device_lists import list_devices, shut_out
from kiosk.registry.enrolments import Enrolments, Place
from kiosk.registry.keys import load_keys
from kiosk.registry.password_hashes import PasswordHashes
from kiosk.registry.sealing_keys import SealingKeys, kept_keys
from kiosk.registry.tables import DeviceState
from kiosk.store.enrolments import Enrolment, EnrolmentStore
from kiosk.store.outboxes import Outbox
from kiosk.store.registry_keys import RegistryKeys
from kiosk.store.tables import meta
from kiosk.sync.client import HttpRegistry
from kiosk.sync.enrolments import enrol
from kiosk.sync.registries import EnrolmentRefused, NotAuthorised, Unreachable
from kiosk.sync.renewals import KEY_LIFE_MS, KeyRenewal
from kiosk.sync.signers import RequestSigner
from kiosk.wire.device_keys import make_key
from kiosk.wire.enrolments import EnrolRequest, EnrolResponse
from kiosk.wire.messages import KeyAnnouncement, PullRequest, encode
from tests.certificates import Authority, make_authority
from tests.enrolments import enrol_store, stranger, system_ms
from tests.factories import new_operation, person
from tests.fakes import FakeClock
from tests.seals import SEALING_KEY, word_of_a_registry
from tests.servers import ScriptedServer, response

PLACE = Place("Quiosque 2", "Sede", "kiosk")
CHEAP = PasswordHashes(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
DAY_MS = 24 * 3600 * 1000
Serve = Callable[..., "Service"]


class Service:
    """A registry that serves."""

    def __init__(self, engine: Engine, address: str) -> None:
        self.engine = engine
        self.address = address
        self.enrolments = Enrolments(engine, load_keys(engine), system_clock)

    def code(self, device: str | None = None) -> str:
        return self.enrolments.make_code(PLACE, device)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with ExitStack() as closing:

        def serve(certificate: Path | None = None) -> Service:
            engine = open_database(default_url(tmp_path / "registry"))
            app = create_app(
                engine, card_format=CardFormat(), sign_in_floor_seconds=0, hashes=CHEAP
            )
            listener = socket.create_server(("127.0.0.1", 0))
            config = uvicorn.Config(app, log_config=None, lifespan="off", ssl_certfile=certificate)
            server = uvicorn.Server(config)
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()

            def stop() -> None:
                server.should_exit = True
                thread.join()
                listener.close()
                engine.dispose()

            closing.callback(stop)
            scheme = "http" if certificate is None else "https"
            return Service(engine, f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")

        yield serve


@pytest.fixture
def service(serve: Serve) -> Service:
    return serve()


@pytest.fixture
def kept(store: Engine) -> EnrolmentStore:
    return EnrolmentStore(store)


def join(
    kept: EnrolmentStore,
    service: Service,
    code: str,
    *,
    off: int = 0,
    ca: str | None = None,
    address: str | None = None,
) -> Enrolment:
    return enrol(
        kept,
        address or service.address,
        code,
        ca=ca,
        now_ms=lambda: max(0, system_ms() + off),
        total_seconds=20.0,
    )


def pull(service: Service, enrolment: Enrolment, off: int = 0) -> None:
    signer = RequestSigner(enrolment.key, lambda: max(0, system_ms() + off))
    registry = HttpRegistry(service.address, 20.0, signer)
    try:
        registry.pull(PullRequest(device=enrolment.code, after=None))
    finally:
        registry.close()


def test_a_machine_becomes_a_device(kept: EnrolmentStore, service: Service) -> None:
    assert kept.load() is None
    enrolment = join(kept, service, service.code())
    assert kept.load() == enrolment
    assert (enrolment.agreed.name, enrolment.agreed.registry) == ("Quiosque 2", service.address)
    pull(service, enrolment)


@pytest.mark.parametrize("off", [-(10**13), -3600_000, 3600_000, 400 * DAY_MS])
def test_a_wrong_clock_keeps_no_machine_out(
    kept: EnrolmentStore, service: Service, off: int
) -> None:
    pull(service, join(kept, service, service.code(), off=off), off)


def test_a_clock_that_is_set_meanwhile_is_followed(kept: EnrolmentStore, service: Service) -> None:
    clock = FakeClock(system_ms())
    enrolment = join(kept, service, service.code())
    registry = HttpRegistry(service.address, 20.0, RequestSigner(enrolment.key, clock.now_ms))
    for shown in (0, system_ms(), 4_000_000_000_000, system_ms()):
        clock.ms = shown
        registry.pull(PullRequest(device=enrolment.code, after=None))
    registry.close()


def test_a_code_that_is_not_good_leaves_the_machine_as_it_was(
    kept: EnrolmentStore, service: Service
) -> None:
    code = service.code()
    enrol_elsewhere(service, code)
    with pytest.raises(EnrolmentRefused) as refused:
        join(kept, service, code)
    assert refused.value.status == 403
    assert kept.load() is None


def sealed_to(store: Engine) -> bytes | None:
    key = RegistryKeys(store).current()
    return None if key is None else key.id


def test_enrolment_brings_the_key_to_seal_to(
    store: Engine, kept: EnrolmentStore, service: Service
) -> None:
    join(kept, service, service.code())
    assert sealed_to(store) == in_use(service)


def in_use(service: Service) -> bytes:
    (key,) = (one for one in kept_keys(service.engine) if one.retired_at is None)
    return bytes.fromhex(key.id)


def test_who_is_enrolled_anew_trusts_the_registry_it_is_enrolled_at(
    store: Engine, kept: EnrolmentStore, service: Service
) -> None:
    enrol_store(store, "K7Q2MT")
    join(kept, service, service.code())
    keys = RegistryKeys(store)
    assert sealed_to(store) == in_use(service)
    assert keys.learn(SealingKeys(service.engine, system_clock).announcement())


def test_an_answer_with_a_key_that_nobody_vouches_for_enrols_nobody(
    store: Engine, kept: EnrolmentStore, service: Service
) -> None:
    word = word_of_a_registry()
    key = kept.next_key()
    forged = msgspec.structs.replace(word, signature=bytes(64))
    with ScriptedServer([answer_with(forged)]) as odd, pytest.raises(Unreachable):
        join(kept, service, service.code(), address=odd.address)
    assert kept.load() is None
    assert sealed_to(store) is None
    with ScriptedServer([answer_with(word)]) as even:
        assert join(kept, service, service.code(), address=even.address).key == key
    assert sealed_to(store) == SEALING_KEY.id


def answer_with(word: KeyAnnouncement) -> bytes:
    said = EnrolResponse(device="K7Q2MT", name="Q", site="S", face="kiosk", now=1, sealing_key=word)
    return response("200 OK", encode(said))


def enrol_elsewhere(service: Service, code: str) -> None:
    request = EnrolRequest(code=code, public_key=make_key().public, device=None)
    service.enrolments.enrol(request, "192.0.2.9", word_of_a_registry())


def test_after_a_lost_answer_the_same_key_asks_again(
    kept: EnrolmentStore, service: Service
) -> None:
    code = service.code()
    key = kept.next_key()
    lost = service.enrolments.enrol(
        EnrolRequest(code=code, public_key=key.public, device=None),
        "192.0.2.9",
        word_of_a_registry(),
    )
    enrolment = join(kept, service, code)
    assert (enrolment.code, enrolment.key) == (lost.device, key)


def test_a_machine_that_gave_receipts_keeps_their_code(
    store: Engine, kept: EnrolmentStore, service: Service
) -> None:
    enrol_store(store, "K7Q2MT")
    with store.begin() as connection:
        connection.execute(delete(meta).where(meta.c.key == "enrolment"))
    assert kept.own_code() is None
    Outbox(store, "K7Q2MT").record(new_operation(person(1)))
    assert kept.own_code() == "K7Q2MT"
    assert join(kept, service, service.code()).code == "K7Q2MT"
    # Once it is a device, it needs a code made for it.
    with pytest.raises(EnrolmentRefused) as refused:
        join(kept, service, service.code())
    assert refused.value.status == 409
    assert join(kept, service, service.code("K7Q2MT")).code == "K7Q2MT"


def test_a_device_that_has_given_none_stays_the_device_it_is(
    kept: EnrolmentStore, service: Service
) -> None:
    first = join(kept, service, service.code())
    assert kept.own_code() == first.code
    # A code made for a new device would make a second one of the same machine.
    with pytest.raises(EnrolmentRefused) as refused:
        join(kept, service, service.code())
    assert refused.value.status == 409
    assert join(kept, service, service.code(first.code)).code == first.code
    assert [one.code for one in list_devices(service.engine)] == [first.code]


def test_a_stranger_and_a_revoked_device_are_not_let_in(
    kept: EnrolmentStore, service: Service
) -> None:
    registry = HttpRegistry(service.address, 20.0, stranger())
    with pytest.raises(NotAuthorised):
        registry.pull(PullRequest(device="K7Q2MT", after=None))
    registry.close()
    enrolment = join(kept, service, service.code())
    shut_out(service.engine, enrolment.code, DeviceState.REVOKED, 0)
    with pytest.raises(NotAuthorised):
        pull(service, enrolment)


def test_a_key_is_renewed_when_it_is_due(kept: EnrolmentStore, service: Service) -> None:
    enrolment = join(kept, service, service.code())
    clock = FakeClock(system_ms())
    signer = RequestSigner(enrolment.key, system_ms)
    registry = HttpRegistry(service.address, 20.0, signer)
    renewal = KeyRenewal(kept, registry, signer, clock)
    renewal.renew_if_due()
    assert signer.key == enrolment.key
    clock.ms += KEY_LIFE_MS
    renewal.renew_if_due()
    assert signer.key != enrolment.key
    registry.pull(PullRequest(device=enrolment.code, after=None))
    registry.close()
    again = kept.load()
    assert again is not None
    assert (again.key, again.code) == (signer.key, enrolment.code)
    # The old one is good a while longer, for a machine that is restored from its backup.
    pull(service, enrolment)
    pull(service, again)


def test_a_renewal_that_fails_leaves_the_key(kept: EnrolmentStore, service: Service) -> None:
    enrolment = join(kept, service, service.code())
    shut_out(service.engine, enrolment.code, DeviceState.REVOKED, 0)
    signer = RequestSigner(enrolment.key, system_ms)
    registry = HttpRegistry(service.address, 20.0, signer)
    clock = FakeClock(system_ms() + KEY_LIFE_MS)
    KeyRenewal(kept, registry, signer, clock).renew_if_due()
    registry.close()
    assert kept.load() == enrolment
    assert signer.key == enrolment.key


@pytest.fixture(scope="module")
def authority() -> Authority:
    return make_authority()


def test_a_sites_own_authority_is_believed_where_it_was_named(
    kept: EnrolmentStore, serve: Serve, authority: Authority, tmp_path: Path
) -> None:
    service = serve(authority.write(tmp_path))
    enrolment = join(kept, service, service.code(), ca=authority.pem)
    assert enrolment.agreed.ca == authority.pem
    signer = RequestSigner(enrolment.key, system_ms)
    registry = HttpRegistry(service.address, 20.0, signer, ca=enrolment.agreed.ca)
    registry.pull(PullRequest(device=enrolment.code, after=None))
    registry.close()


@pytest.mark.parametrize("case", ["unnamed", "other", "address", "over"])
def test_a_certificate_that_is_not_believed_gets_nothing(
    kept: EnrolmentStore, serve: Serve, authority: Authority, tmp_path: Path, case: str
) -> None:
    certificate = authority.write(
        tmp_path,
        "127.0.0.2" if case == "address" else "127.0.0.1",
        -1.0 if case == "over" else 1.0,
    )
    service = serve(certificate)
    ca = {"unnamed": None, "other": make_authority().pem}.get(case, authority.pem)
    code = service.code()
    with pytest.raises(Unreachable, match="certificate"):
        join(kept, service, code, ca=ca)
    assert kept.load() is None
    if case in ("unnamed", "other"):
        # The code was not sent, so it is still good.
        join(kept, service, code, ca=authority.pem)


@pytest.mark.parametrize(
    "address",
    ["http://192.0.2.1", "http://registry.example", "http://127.0.0.1.example", "ftp://127.0.0.1"],
)
def test_nothing_is_sent_without_tls_beyond_this_machine(address: str) -> None:
    with pytest.raises(ValueError, match="neither"):
        HttpRegistry(address, 5.0, stranger())


def test_an_authority_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="certificate"):
        HttpRegistry("https://127.0.0.1", 5.0, stranger(), ca="nothing")
