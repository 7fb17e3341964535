"""A machine becomes a device at the hands of a technician: real files, a real service."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk import settings
from kiosk.bootstrap import begin_first_run
from kiosk.complaints import Complaint
from kiosk.custody.choices import FILE_NAME as CHOICE
from kiosk.custody.choices import load_choice
from kiosk.domain.clock_errors import ClockErrorKind
from kiosk.domain.custody_kinds import CustodyKind
from kiosk.domain.enrolment_codes import CODE_BYTES, from_bytes
from kiosk.domain.enrolment_forms import EnrolmentWish
from kiosk.registry.device_lists import list_devices, shut_out
from kiosk.registry.enrolments import Place
from kiosk.registry.tables import DeviceState
from kiosk.services.first_runs import (
    CheckItem,
    CheckState,
    Enrolled,
    Found,
    Refusal,
    Trouble,
)
from kiosk.services.local_first_runs import LocalFirstRun
from kiosk.store.enrolments import EnrolmentStore
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.unlockings import known_key
from kiosk.sync.enrolments import enrol
from kiosk.sync.registries import Unreachable
from tests.certificates import Authority, make_authority
from tests.enrolments import system_ms
from tests.registry_services import Service, served
from tests.servers import ScriptedServer, response

NO_CODE = from_bytes(b"n" * CODE_BYTES)
PROBLEM = "content-type: application/problem+json"
HOUR_MS = 3600_000
Begin = Callable[..., LocalFirstRun]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "device"


@pytest.fixture
def begin(tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    begun: list[LocalFirstRun] = []

    def begin(off: int = 0, **said: object) -> LocalFirstRun:
        loaded = settings.load(
            None,
            data_dir=data_dir,
            **{"key_file": tmp_path / "store.key", "request_seconds": 60.0, **said},
        )
        begun.append(LocalFirstRun(loaded, lambda: system_ms() + off))
        return begun[-1]

    yield begin
    for one in begun:
        one.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with served(tmp_path / "registry") as service:
        yield service


def wish(address: str, code: str = NO_CODE, authority: Path | None = None) -> EnrolmentWish:
    return EnrolmentWish(address, code, None if authority is None else str(authority))


def states(first_run: LocalFirstRun) -> dict[CheckItem, CheckState]:
    return {one.item: one.state for one in first_run.check()}


def test_a_machine_becomes_a_device(begin: Begin, service: Service, data_dir: Path) -> None:
    first_run = begin()
    wanted = wish(service.address, service.code(place=Place("Balcão 1", "Filial", "desk")))
    found = first_run.look(wanted)
    assert isinstance(found, Found)
    assert (found.name, found.site, found.face) == ("Balcão 1", "Filial", "desk")
    assert found.certificate is None
    assert found.clock_error is None
    assert not found.is_bound
    offered = {one.kind: one for one in found.custodies}
    assert offered[CustodyKind.FILE].refusal is None
    assert "credenciais" in (offered[CustodyKind.SYSTEMD].refusal or "")
    # Looking has changed nothing, on either side.
    assert list_devices(service.engine) == ()
    assert not any((data_dir / name).exists() for name in (CHOICE, FILE_NAME))
    enrolled = first_run.enrol(wanted, CustodyKind.FILE)
    (listed,) = list_devices(service.engine)
    assert enrolled == Enrolled(listed.code, "Balcão 1", "desk")
    assert set(states(first_run).values()) == {CheckState.OK}
    assert [one.item for one in first_run.check()] == list(CheckItem)


def test_one_program_at_a_time_enrols_a_machine(begin: Begin) -> None:
    assert begin().address == ""
    with pytest.raises(Complaint, match="Outro programa"):
        begin()


def test_only_what_the_settings_say_can_be_chosen(begin: Begin, service: Service) -> None:
    first_run = begin(key_custody="file", registry_url=service.address)
    assert first_run.address == service.address
    found = first_run.look(wish(service.address, service.code()))
    assert isinstance(found, Found)
    refusals = {one.kind: one.refusal for one in found.custodies}
    assert refusals[CustodyKind.FILE] is None
    assert "key_custody" in (refusals[CustodyKind.KEYRING] or "")


def test_a_demonstrations_custody_is_none_for_a_device(begin: Begin, service: Service) -> None:
    found = begin(key_custody="demo").look(wish(service.address, service.code()))
    assert isinstance(found, Found)
    assert {one.kind: one.refusal for one in found.custodies}[CustodyKind.FILE] is None
    assert CustodyKind.DEMO not in {one.kind for one in found.custodies}


def test_an_empty_credential_is_told(
    begin: Begin, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "kiosk-store-key").write_text("\n")
    found = begin().look(wish(service.address, service.code()))
    assert isinstance(found, Found)
    refusals = {one.kind: one.refusal for one in found.custodies}
    assert "vazia" in (refusals[CustodyKind.SYSTEMD] or "")


def test_an_enrolment_whose_answer_was_lost_is_taken_up(
    begin: Begin, service: Service, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = wish(service.address, service.code())

    def lose(*words: object, **more: object) -> None:
        enrol(*words, **more)  # type: ignore[arg-type]
        raise Unreachable("ReadTimeout")

    first_run = begin()
    kept = EnrolmentStore.enrolled
    with monkeypatch.context() as broken:
        broken.setattr(EnrolmentStore, "enrolled", lambda *_: None)
        broken.setattr("kiosk.services.local_first_runs.enrol", lose)
        assert first_run.enrol(wanted, CustodyKind.FILE) == Refusal(Trouble.NO_ANSWER)
    assert EnrolmentStore.enrolled is kept
    first_run.close()
    # The code was used, by the key that lies in the store: the next start finds it so.
    again = begin()
    found = again.look(wanted)
    assert isinstance(found, Found)
    assert found.is_bound
    refusals = {one.kind: one.refusal for one in found.custodies}
    assert refusals[CustodyKind.FILE] is None
    assert "rekey" in (refusals[CustodyKind.KEYRING] or "")
    assert isinstance(again.enrol(wanted, CustodyKind.FILE), Enrolled)
    assert len(list_devices(service.engine)) == 1
    # And nobody else could have had it.
    (data_dir / CHOICE).unlink()
    assert isinstance(again.look(wanted), Refusal)


def test_a_custody_that_gives_nothing_is_told(
    begin: Begin, service: Service, tmp_path: Path, data_dir: Path
) -> None:
    wanted = wish(service.address, service.code())
    first_run = begin()
    refused = first_run.enrol(wanted, CustodyKind.SYSTEMD)
    assert isinstance(refused, Refusal)
    assert refused.trouble is Trouble.CUSTODY
    assert "systemd" in refused.said
    choice = load_choice(data_dir)
    assert choice is None or choice.check is None
    assert isinstance(first_run.enrol(wanted, CustodyKind.FILE), Enrolled)
    (tmp_path / "store.key").unlink()
    stopped = first_run.look(wanted)
    assert isinstance(stopped, Refusal)
    assert stopped.trouble is Trouble.CUSTODY
    told = states(first_run)
    assert told[CheckItem.KEY] is told[CheckItem.SEALING_KEY] is CheckState.FAILED


def test_the_checks_fail_where_something_is_wrong(
    begin: Begin, service: Service, data_dir: Path
) -> None:
    first_run = begin(off=-2 * HOUR_MS)
    wanted = wish(service.address, service.code())
    found = first_run.look(wanted)
    assert isinstance(found, Found)
    assert found.clock_error is not None
    assert found.clock_error.kind is ClockErrorKind.BEHIND
    assert 7100 < found.clock_error.seconds < 7300
    # Not enrolled yet.
    assert states(first_run)[CheckItem.REGISTRY] is CheckState.FAILED
    enrolled = first_run.enrol(wanted, CustodyKind.FILE)
    assert isinstance(enrolled, Enrolled)
    open_store(data_dir / "old").dispose()
    shut_out(service.engine, enrolled.code, DeviceState.REVOKED, system_ms())
    told = states(first_run)
    assert told[CheckItem.CLOCK] is CheckState.ATTENTION
    assert told[CheckItem.ENCRYPTION] is told[CheckItem.REGISTRY] is CheckState.FAILED
    assert told[CheckItem.KEY] is CheckState.OK


@pytest.fixture(scope="module")
def authority() -> Authority:
    return make_authority()


def test_a_registry_shows_its_certificate(
    begin: Begin, tmp_path: Path, authority: Authority
) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(authority.pem)
    with served(tmp_path / "registry", authority.write(tmp_path)) as service:
        wanted = wish(service.address, service.code(), file)
        first_run = begin()
        found = first_run.look(wanted)
        assert isinstance(found, Found)
        assert found.certificate is not None
        assert (found.certificate.subject, found.certificate.issuer) == ("server", "authority")
        assert len(found.certificate.fingerprint) == 64
        assert first_run.look(wish(service.address)) == Refusal(Trouble.CERTIFICATE_UNTRUSTED)
        assert isinstance(first_run.enrol(wanted, CustodyKind.FILE), Enrolled)
        assert states(first_run)[CheckItem.REGISTRY] is CheckState.OK


@pytest.mark.parametrize(
    ("address", "hours", "off", "trouble"),
    [
        ("127.0.0.1", -1.0, 0, Trouble.CERTIFICATE_EXPIRED),
        ("192.0.2.1", 1.0, 0, Trouble.CERTIFICATE_OF_ANOTHER),
    ],
)
def test_what_is_wrong_with_a_certificate_is_told(
    begin: Begin,
    tmp_path: Path,
    authority: Authority,
    address: str,
    hours: float,
    off: int,
    trouble: Trouble,
) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(authority.pem)
    with served(tmp_path / "registry", authority.write(tmp_path, address, hours)) as service:
        refused = begin().look(wish(service.address, service.code(), file))
    assert isinstance(refused, Refusal)
    assert refused.trouble is trouble
    assert (refused.clock is not None) == (trouble is Trouble.CERTIFICATE_EXPIRED)


def test_an_authority_that_is_none_is_told(begin: Begin, tmp_path: Path) -> None:
    first_run, file = begin(), tmp_path / "ca.pem"
    wanted = wish("https://127.0.0.1:9", authority=file)
    assert first_run.look(wanted) == Refusal(Trouble.AUTHORITY_UNREADABLE)
    assert first_run.enrol(wanted, CustodyKind.FILE) == Refusal(Trouble.AUTHORITY_UNREADABLE)
    file.write_text("nada")
    assert first_run.look(wanted) == Refusal(Trouble.AUTHORITY_NONE)
    assert first_run.enrol(wanted, CustodyKind.FILE) == Refusal(Trouble.AUTHORITY_NONE)


def test_an_address_where_no_registry_is_is_told(begin: Begin) -> None:
    first_run = begin()
    with socket.create_server(("127.0.0.1", 0)) as unused:
        nowhere = unused.getsockname()[1]
    assert first_run.look(wish(f"http://127.0.0.1:{nowhere}")) == Refusal(Trouble.REFUSED)
    assert first_run.look(wish("https://nada.invalid")) == Refusal(Trouble.NAME_UNKNOWN)
    with ScriptedServer([response("404 No", b"")]) as server:
        assert first_run.look(wish(server.address)) == Refusal(Trouble.NOT_A_REGISTRY)
        plain = server.address.replace("http:", "https:")
        assert first_run.look(wish(plain)) == Refusal(Trouble.NO_TLS)
    with ScriptedServer([b""]) as server:
        assert first_run.look(wish(server.address)) == Refusal(Trouble.NO_ANSWER)


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        ("403 No", Refusal(Trouble.CODE)),
        ("409 No", Refusal(Trouble.OTHER_DEVICE)),
        ("429 No", Refusal(Trouble.TOO_MANY_CODES, minutes=2)),
        ("401 No", Refusal(Trouble.SIGNATURE)),
    ],
)
def test_what_the_registry_says_is_told(begin: Begin, status: str, refusal: Refusal) -> None:
    with ScriptedServer([response(status, b"{}", PROBLEM, "retry-after: 61")]) as server:
        assert begin().look(wish(server.address)) == refusal


def test_it_is_what_the_program_begins(tmp_path: Path) -> None:
    first_run = begin_first_run(settings.load(None, data_dir=tmp_path))
    first_run.close()
    assert known_key(tmp_path) is None
