"""The sender's end of a connection, against a mail server that does wrong what it can."""

import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from kiosk.registry.letters import Sender, letter
from kiosk.registry.mail_failures import LineFailed, MailRefused
from kiosk.registry.mail_servers import MailServer, read_address
from tests.certificates import Authority, make_authority
from tests.mail_servers import Behaviour, OddMailServer

SENDER = Sender("PAS/SERPRO", "avisos@plano.exemplo")
TO = "joana@exemplo.br"
PATIENCE = 30.0
AT = 1_780_000_000_000


def words(to: str = TO) -> EmailMessage:
    return letter(to, SENDER, "0f" * 16, AT, "Olá", ["Não foi você?", ".", "Fim."])


@pytest.fixture(scope="module")
def authority() -> Authority:
    return make_authority()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Path:
    made = tmp_path_factory.mktemp("certificates")
    (made / "ca.pem").write_text(authority.pem)
    return made


@pytest.fixture(scope="module")
def certificate(folder: Path, authority: Authority) -> Path:
    return authority.write(folder)


def towards(server: OddMailServer, scheme: str, folder: Path) -> MailServer:
    return MailServer(
        scheme, "127.0.0.1", server.port, SENDER, PATIENCE, authority=folder / "ca.pem"
    )


def send(way: MailServer, *letters: EmailMessage) -> None:
    with way.session() as session:
        for one in letters or (words(),):
            session.send(one, "")


def cause_of(way: MailServer) -> str:
    with pytest.raises((LineFailed, MailRefused)) as failed:
        send(way)
    error = failed.value
    assert isinstance(error, LineFailed | MailRefused)
    return error.cause


@pytest.mark.parametrize(
    ("scheme", "is_secure"), [("smtp", True), ("smtps", True), ("plain", False)]
)
def test_a_letter_arrives_as_it_was_written(
    certificate: Path, folder: Path, scheme: str, is_secure: bool
) -> None:
    with OddMailServer(certificate, is_implicit=scheme == "smtps") as server:
        send(towards(server, scheme, folder), words(), words("outra@exemplo.br"))
        first, second = server.received
    assert (first.sender, first.recipients) == (SENDER.address, (TO,))
    assert second.recipients == ("outra@exemplo.br",)
    assert first.is_secure is is_secure
    assert first.content.isascii()
    assert first.message.get_content().splitlines() == ["Não foi você?", "", ".", "", "Fim."]
    assert server.connections == 1


@pytest.mark.parametrize("password", ["certa e longa", "errada"])
def test_it_signs_in_where_it_is_told_to(certificate: Path, folder: Path, password: str) -> None:
    with OddMailServer(certificate, passwords={"avisos": "certa e longa"}) as server:
        way = replace(towards(server, "smtp", folder), user="avisos", password=password)
        if password == "errada":
            assert cause_of(way) == "password 535 5.7.8"
        else:
            send(way)
            assert server.received[0].user == "avisos"
    assert len(server.received) == (password != "errada")


def test_a_password_goes_over_tls_alone(folder: Path, certificate: Path) -> None:
    stripped = Behaviour(has_starttls=False)
    with OddMailServer(certificate, passwords={"avisos": "certa"}, usually=stripped) as server:
        way = replace(towards(server, "smtp", folder), user="avisos", password="certa")
        assert cause_of(way) == "no_starttls"
    assert not any(line.startswith(("AUTH", "MAIL")) for line in server.heard)


def test_a_server_that_starts_no_tls_after_all_gets_nothing(
    folder: Path, certificate: Path
) -> None:
    refusing = Behaviour(replies={"STARTTLS": "454 not now"})
    with OddMailServer(certificate, usually=refusing) as server:
        assert cause_of(towards(server, "smtp", folder)) == "no_starttls"
    assert not any(line.startswith("MAIL") for line in server.heard)


def test_where_nobody_can_sign_in_it_is_told(folder: Path, certificate: Path) -> None:
    with OddMailServer(certificate) as server:
        way = replace(towards(server, "smtp", folder), user="avisos", password="certa")
        assert cause_of(way) == "no_auth"


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
@pytest.mark.parametrize(
    ("address", "hours", "cause"),
    [
        ("127.0.0.9", 1.0, "certificate_name"),
        ("127.0.0.1", -1.0, "certificate_expired"),
        ("stranger", 1.0, "certificate"),
    ],
)
def test_a_certificate_that_proves_nothing_is_refused(
    tmp_path: Path,
    authority: Authority,
    folder: Path,
    scheme: str,
    address: str,
    hours: float,
    cause: str,
) -> None:
    made = (
        make_authority().write(tmp_path)
        if address == "stranger"
        else authority.write(tmp_path, address, hours)
    )
    with OddMailServer(made, is_implicit=scheme == "smtps") as server:
        assert cause_of(towards(server, scheme, folder)) == cause
        assert server.received == []


def test_without_an_authority_of_its_own_the_systems_are_asked(
    certificate: Path, folder: Path
) -> None:
    with OddMailServer(certificate, is_implicit=True) as server:
        way = replace(towards(server, "smtps", folder), authority=None)
        assert cause_of(way) == "certificate"
        assert way.context().verify_mode is ssl.CERT_REQUIRED


def test_tls_where_there_is_none_and_none_where_there_is(folder: Path, certificate: Path) -> None:
    with OddMailServer(certificate) as server:
        assert cause_of(towards(server, "smtps", folder)) == "tls"
    with OddMailServer(certificate, is_implicit=True, usually=Behaviour(hangs_up=True)) as server:
        assert cause_of(towards(server, "smtp", folder)) == "lost"


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        (Behaviour(hangs_up=True), "lost"),
        (Behaviour(replies={"CONNECT": "554 5.3.2 closed"}), "greeting 554 5.3.2"),
        (Behaviour(replies={"CONNECT": "\x00\xff nothing"}), "greeting -1"),
        (Behaviour(replies={"MAIL": "550 5.7.1 who?"}), "sender 550 5.7.1"),
        (Behaviour(replies={"MAIL": "451 later"}), "greeting 451"),
        (Behaviour(replies={"RCPT": "421 4.3.2 bye"}), "greeting 421 4.3.2"),
        (Behaviour(replies={"RCPT": "530 5.7.0 sign in"}), "password 530 5.7.0"),
        (Behaviour(replies={"END": "no number"}), "lost"),
        (Behaviour(drops_at="RCPT"), "lost"),
        (Behaviour(drops_at="DATA"), "lost"),
        (Behaviour(drops_after_data=True), "lost"),
    ],
)
def test_what_fails_the_line(folder: Path, behaviour: Behaviour, cause: str) -> None:
    with OddMailServer(usually=behaviour) as server:
        way = towards(server, "plain", folder)
        with pytest.raises(LineFailed) as failed:
            send(way)
    assert failed.value.cause == cause


@pytest.mark.parametrize(
    ("behaviour", "cause", "is_final"),
    [
        (Behaviour(recipients={TO: f"550 5.1.1 <{TO}> unknown"}), "recipient 550 5.1.1", True),
        (Behaviour(recipients={TO: f"450 4.7.1 <{TO}> greylisted"}), "recipient 450 4.7.1", False),
        (Behaviour(replies={"DATA": "554 5.6.0 no"}), "message 554 5.6.0", True),
        (Behaviour(replies={"END": "451 4.3.0 later"}), "message 451 4.3.0", False),
        (Behaviour(replies={"END": "552 too much"}), "message 552", True),
    ],
)
def test_what_fails_one_mail_lets_the_next_through(
    folder: Path, behaviour: Behaviour, cause: str, is_final: bool
) -> None:
    with (
        OddMailServer(usually=behaviour) as server,
        towards(server, "plain", folder).session() as session,
    ):
        with pytest.raises(MailRefused) as refused:
            session.send(words(), "")
        assert (refused.value.cause, refused.value.is_final) == (cause, is_final)
        behaviour.replies.clear()
        session.send(words("outra@exemplo.br"), "")
        assert [mail.recipients for mail in server.received] == [("outra@exemplo.br",)]
    assert server.connections == 1


def test_an_address_with_accents_goes_where_it_is_taken(folder: Path) -> None:
    accented = words("joão@exemplo.br")
    with OddMailServer() as server, towards(server, "plain", folder).session() as session:
        with pytest.raises(MailRefused) as refused:
            session.send(accented, "")
        assert refused.value.cause == "accents"
        session.send(words(), "")
    taking = Behaviour(offers=("8BITMIME", "SMTPUTF8"))
    with OddMailServer(usually=taking) as server:
        send(towards(server, "plain", folder), accented)
        assert server.received[0].recipients == ("joão@exemplo.br",)
        assert str(server.received[0].message["To"]) == "joão@exemplo.br"


def test_nobody_there_and_no_such_name(folder: Path) -> None:
    with OddMailServer() as server:
        way = towards(server, "plain", folder)
    assert cause_of(way) == "refused"
    assert cause_of(replace(way, host="nenhum.invalid", scheme="smtp")) == "name"


@pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL", "END"])
def test_a_server_that_trickles_on_for_ever_is_left(folder: Path, verb: str) -> None:
    with OddMailServer(usually=Behaviour(trickles=verb)) as server:
        way = replace(towards(server, "plain", folder), seconds=0.4)
        assert cause_of(way) == "timeout"


def test_a_session_is_cut_from_another_thread_whatever_it_waits_for(folder: Path) -> None:
    with OddMailServer(usually=Behaviour(trickles="CONNECT")) as server:
        session = towards(server, "plain", folder).session()
        began = time.monotonic()

        def cut_it() -> None:
            server.wait_for(lambda: server.connections == 1)
            session.cut()

        cutter = threading.Thread(target=cut_it)
        cutter.start()
        with pytest.raises(LineFailed):
            session.__enter__()
        cutter.join()
        assert time.monotonic() - began < PATIENCE


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    left = [one for one in threading.enumerate() if isinstance(one, threading.Timer)]
    for one in left:
        one.join(PATIENCE)
        assert not one.is_alive()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("smtp://correio.exemplo", ("smtp", "correio.exemplo", 587)),
        ("smtps://correio.exemplo", ("smtps", "correio.exemplo", 465)),
        ("smtp://correio.exemplo:2525", ("smtp", "correio.exemplo", 2525)),
        ("plain://127.0.0.1", ("plain", "127.0.0.1", 25)),
        ("plain://[::1]:26", ("plain", "::1", 26)),
    ],
)
def test_addresses_of_servers(text: str, read: tuple[str, str, int]) -> None:
    assert read_address(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "correio.exemplo",
        "http://correio.exemplo",
        "smtp://",
        "smtp://u:p@correio.exemplo",
        "smtp://correio.exemplo:99999",
        "smtp://correio.exemplo/x",
        "smtp://um correio",
        "smtp://[",
        "plain://correio.exemplo",
        "plain://10.0.0.1:25",
    ],
)
def test_what_is_no_address_of_a_server(text: str) -> None:
    with pytest.raises(ValueError, match=r"um endereço como|só nesta máquina"):
        read_address(text)
