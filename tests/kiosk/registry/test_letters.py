"""What mails say, as whoever gets them reads them."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.registry import letters
from kiosk.registry.letters import CannotWrite, Sender, mailable, read_sender, write
from kiosk.registry.outgoing_mails import Mail, MailContent, MailKind

SENDER = Sender("PAS/SERPRO, avisos", "avisos@plano.exemplo")
TO = "joana@exemplo.br"
AT = 1_780_000_000_000  # 28 May 2026, 20:26:40 UTC
MARK = "ab" * 16
# The shape of what mail programs make links of; two digits with a dot between are none.
LINK = re.compile(r"https?:|www\.|://|[a-z]\.[a-z]", re.IGNORECASE)


def mail(what: str = MailKind.PASSWORD_RESET, address: str = TO, **content: Any) -> Mail:
    said = {
        "person": "Joana d'Ávila",
        "device": "K7Q2MT",
        "device_name": "Quiosque 2",
        "site": "Sede",
        "receipt": "K7Q2MT-000001-X",
    }
    if what == MailKind.EMAIL_CODE:
        said |= {"code": "012345", "purpose": "reset"}
    return Mail(7, AT, what, "P1", address, MailContent(**(said | content)).text(), 1, 0)


def read(one: Mail, *, is_raw: bool = False) -> EmailMessage:
    message = message_from_bytes(
        bytes(write(one, SENDER, MARK, is_raw=is_raw)), policy=policy.default
    )
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def text_of(one: Mail) -> str:
    content: str = read(one).get_content()
    return content.replace("\r\n", "\n")


@pytest.mark.parametrize("is_raw", [False, True])
@pytest.mark.parametrize("what", list(MailKind))
def test_every_mail_says_who_to_call_and_nothing_to_click(what: MailKind, is_raw: bool) -> None:
    message = read(mail(what), is_raw=is_raw)
    text = message.get_content()
    assert "Não foi você? " in text
    assert "Ligue agora para 0800 888 9504" in text
    assert "Quiosque 2, Sede" in text
    assert "28/05/2026 às 17:26 (horário de Brasília)" in text
    assert "nunca pede a sua senha" in text
    assert LINK.search(text) is None
    assert message.get_content_type() == "text/plain"
    assert str(message["Subject"]).startswith("PAS/SERPRO: ")
    assert str(message["To"]) == TO
    assert str(message["From"]) == '"PAS/SERPRO, avisos" <avisos@plano.exemplo>'
    assert str(message["Message-ID"]) == f"<{MARK}@plano.exemplo>"
    assert str(message["Auto-Submitted"]) == "auto-generated"
    assert str(message["Date"]) == "Thu, 28 May 2026 17:26:40 -0300"
    assert str(message["Content-Language"]) == "pt-BR"
    assert message["Reply-To"] is None


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (MailKind.REGISTERED, "cadastro no PAS/SERPRO foi feito"),
        (MailKind.PASSWORD_RESET, "foi redefinida"),
        (MailKind.EMAIL_CHANGED, "foi trocado por outro"),
        (MailKind.EMAIL_KEPT, "foi confirmado"),
        (MailKind.EMAIL_SET, "Este endereço foi registrado"),
        (MailKind.EMAIL_CODE, "    012345\n"),
    ],
)
def test_each_says_what_was_done(what: MailKind, words: str) -> None:
    assert words in text_of(mail(what))


def test_a_letter_is_the_same_at_each_try() -> None:
    assert bytes(write(mail(), SENDER, MARK)) == bytes(write(mail(), SENDER, MARK))


@pytest.mark.parametrize("what", list(MailKind))
def test_for_a_mail_server_all_is_ascii(what: MailKind) -> None:
    assert bytes(write(mail(what), Sender("Plano de Saúde", SENDER.address), MARK)).isascii()


def test_for_a_person_it_is_as_they_write() -> None:
    assert "Joana d'Ávila".encode() in bytes(write(mail(), SENDER, MARK, is_raw=True))


def test_the_code_is_in_no_header() -> None:
    message = read(mail(MailKind.EMAIL_CODE))
    assert not any("012345" in str(value) for value in message.values())


@pytest.mark.parametrize(
    ("purpose", "said"), [("reset", "redefinir a senha"), ("register", "fazer o cadastro")]
)
def test_a_code_says_what_it_is_for(purpose: str, said: str) -> None:
    assert said in text_of(mail(MailKind.EMAIL_CODE, purpose=purpose))


def test_what_came_late_says_so() -> None:
    assert "pode ter sido feito antes" in text_of(mail(late=True))
    assert "pode ter sido feito antes" not in text_of(mail())


def test_a_device_without_name_is_told_by_its_code() -> None:
    assert "Onde: equipamento K7Q2MT\n" in text_of(mail(device_name="", site=""))


@pytest.mark.parametrize("name", ["João Luís", "Ana-Maria d’Ávila", "Dr. Zé", "नमस्ते"])
def test_people_are_called_by_their_name(name: str) -> None:
    assert text_of(mail(person=name)).startswith(f"Olá, {name}.\n")


@pytest.mark.parametrize(
    "name",
    ["", "http://x.br", "exemplo.com", "a@b", "Zé 2", "x" * 81, "Clique aqui: já", "\u202eanaoJ"],
)
def test_what_is_no_name_is_left_out(name: str) -> None:
    text = text_of(mail(person=name))
    assert text.startswith("Olá.\n")
    assert not name or name not in text


@pytest.mark.parametrize("place", ["http://golpe.exemplo", "golpe.com/x", "www.golpe.com", "a@b.c"])
def test_a_place_is_no_link(place: str) -> None:
    assert LINK.search(text_of(mail(device_name=place, site=place))) is None


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_nothing_that_is_put_in_makes_a_header_a_line_or_a_link(
    name: str, device: str, site: str
) -> None:
    one = mail(person=name, device_name=device, site=site)
    clean = write(mail(), SENDER, MARK)
    message = message_from_bytes(bytes(write(one, SENDER, MARK)), policy=policy.default)
    assert [*message.keys()] == [*clean.keys()]
    assert isinstance(message, EmailMessage)
    text = message.get_content()
    assert len(text.splitlines()) == len(clean.get_content().splitlines())
    assert LINK.search(text) is None


@pytest.mark.parametrize(
    "address",
    [
        "joana@exemplo.br\r\nBcc: outro@exemplo.br",
        "joana@exemplo.br\n",
        "a@x.br, b@y.br",
        "a(b)@x.br",
        "<a@x.br>",
        '"a b"@x.br',
        "a@b@c.br",
        "a..b@x.br",
        "a@x..br",
        "a@-x.br",
        "a@x.br.",
        "@x.br",
        "a@",
        "a",
        "",
        "a\u2028@x.br",
        "a\0@x.br",
        "a\udc80@x.br",
        "a@[127.0.0.1]",
        f"{'a' * 65}@x.br",
        f"a@{'x' * 64}.br",
        f"a@{'x.' * 130}br",
    ],
)
def test_what_is_no_address_gets_no_letter(address: str) -> None:
    assert mailable(address) is None
    with pytest.raises(CannotWrite) as cannot:
        write(mail(address=address), SENDER, MARK)
    assert cannot.value.cause == "address"


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("Joana.Silva+plano@Exemplo.com.br", "Joana.Silva+plano@Exemplo.com.br"),
        ("o'neil_%@x.br", "o'neil_%@x.br"),
        ("joão@exemplo.br", "joão@exemplo.br"),
        ("j@açaí.br", f"j@{'açaí.br'.encode('idna').decode()}"),
    ],
)
def test_addresses(address: str, taken: str) -> None:
    assert mailable(address) == taken
    message = read(mail(address=address), is_raw=not taken.isascii())
    assert str(message["To"]) == taken


@given(st.text(max_size=80))
def test_an_address_is_one_address_or_none(text: str) -> None:
    made = mailable(text)
    if made is not None:
        message = read(mail(address=text), is_raw=True)
        assert str(message["To"]) == made
        assert list(message.keys()).count("To") == 1


@pytest.mark.parametrize(
    ("one", "cause"),
    [
        (Mail(7, AT, MailKind.REGISTERED, "P1", TO, "{", 1, 0), "content"),
        (Mail(7, AT, MailKind.REGISTERED, "P1", TO, "", 1, 0), "content"),
        (Mail(7, AT, "of_tomorrow", "P1", TO, "{}", 1, 0), "kind"),
        (mail(MailKind.EMAIL_CODE, code=""), "content"),
        (mail(MailKind.EMAIL_CODE, code="1\n2"), "content"),
        (mail(MailKind.EMAIL_CODE, purpose="x"), "content"),
    ],
)
def test_what_is_not_understood_gets_no_letter(one: Mail, cause: str) -> None:
    with pytest.raises(CannotWrite) as cannot:
        write(one, SENDER, MARK)
    assert cannot.value.cause == cause


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("avisos@plano.exemplo", Sender("", "avisos@plano.exemplo")),
        ("PAS/SERPRO <avisos@plano.exemplo>", Sender("PAS/SERPRO", "avisos@plano.exemplo")),
        ('"Plano, avisos" <a@b.br>', Sender("Plano, avisos", "a@b.br")),
        ("Plano de Saúde <a@b.br>", Sender("Plano de Saúde", "a@b.br")),
        ("a@b.br\n", None),
        ("Plano\r\nBcc: x@y.br <a@b.br>", None),
        ("Plano <a@b.br", None),
        ("joão@b.br", None),
        ("Plano", None),
    ],
)
def test_senders(text: str, sender: Sender | None) -> None:
    assert read_sender(text) == sender


def test_without_zones_it_is_three_hours_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_zones(name: str) -> None:
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setattr(letters, "ZoneInfo", no_zones)
    assert letters.when(AT) == "28/05/2026 às 17:26 (horário de Brasília)"


def test_nothing_of_a_mail_is_in_its_repr() -> None:
    shown = repr(mail(MailKind.EMAIL_CODE)) + repr(MailContent(person="Joana", code="012345"))
    for secret in (TO, "Joana", "012345", "P1"):
        assert secret not in shown
