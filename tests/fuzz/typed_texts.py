"""What somebody types or a scanner sends: numbers, addresses, names, dates, codes."""

import unicodedata
from datetime import date, timedelta

import httpx

from kiosk.domain import (
    birth_dates,
    cards,
    cpfs,
    email_codes,
    emails,
    enrolment_codes,
    enrolment_forms,
    enrolment_tickets,
    identifiers,
    names,
    receipts,
    registry_addresses,
    release_codes,
)
from kiosk.domain.audit_chains import read_head
from kiosk.domain.cards import CardFormat
from kiosk.domain.enrolment_forms import EnrolmentForm, EnrolmentWish
from kiosk.domain.enrolment_tickets import Ticket
from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.domain.operations import Claim, OperationKind
from kiosk.domain.receipts import DEVICE_CODE_ALPHABET, ReceiptNumber
from kiosk.domain.registry_addresses import AddressProblem
from kiosk.domain.release_codes import EARLY_MINUTES, MINUTE_MS, VALID_MINUTES, Release, ReleaseKeys
from kiosk.registry.claims import MAX_EMAIL_LENGTH, is_email
from tests.fuzz.choices import Choices, fields, is_writable, text_of
from tests.fuzz.targets import target

_FORMATS = (CardFormat(), CardFormat(r"[0-9]{11}"), CardFormat(r"[A-Z]{2}[0-9]+"), CardFormat(".*"))
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_KEYS = ReleaseKeys(kiosk=bytes(range(32)), registry=bytes(range(32, 64)))


def _has_right_check(digits: str) -> bool:
    """Judge a CPF by the other way of writing the rule: ascending weights, remainder 10 is 0."""
    values = [ord(one) - ord("0") for one in digits]
    first = sum((place + 1) * values[place] for place in range(9)) % 11 % 10
    second = sum(place * values[place] for place in range(10)) % 11 % 10
    return values[9:] == [first, second]


def check_cpf(data: bytes) -> None:
    text = text_of(data)
    cleaned = cpfs.clean(text)
    assert cleaned == "".join(one for one in text if not one.isspace() and one not in ".-")
    assert cpfs.clean(cleaned) == cleaned
    is_number = len(cleaned) == 11 and cleaned.isascii() and cleaned.isdigit()
    expected = is_number and _has_right_check(cleaned) and cleaned != cleaned[0] * 11
    assert cpfs.is_valid(cleaned) == expected
    if is_number:
        shown = cpfs.format_partial(cleaned)
        assert cpfs.clean(shown) == cleaned
        assert len(shown) == 14
        base = cleaned[:9]
        assert _has_right_check(base + cpfs.check_digits(base))
        assert cleaned[:3] not in cpfs.mask(cleaned).split(".")[0]


def check_card(data: bytes) -> None:
    choices = Choices(data)
    card_format = choices.pick(_FORMATS)
    (text,) = choices.texts(1)
    cleaned = cards.clean(text)
    assert cards.clean(cleaned) == cleaned
    if card_format.matches(cleaned):
        assert len(cleaned) <= 20
        assert cards.mask(cleaned).endswith(cleaned[-4:])


def check_identifier(data: bytes) -> None:
    choices = Choices(data)
    card_format = choices.pick(_FORMATS)
    (text,) = choices.texts(1)
    readings = identifiers.classify(text, card_format)
    canonical = identifiers.canonical(text)
    assert len(readings) <= 2
    for one in readings:
        # Failures are counted under the canonical spelling, so no other may lead to the same.
        assert one.value == canonical
        if one.kind is IdentifierKind.CARD:
            assert card_format.matches(one.value)
        elif one.kind is IdentifierKind.CPF:
            assert cpfs.is_valid(one.value)
        else:
            assert one.value.count("@") >= 1
            assert not any(character.isspace() for character in one.value)
    assert identifiers.canonical(canonical) == canonical
    assert identifiers.classify(canonical, card_format) == readings
    assert identifiers.classify(f" {text}\t", card_format) == readings


def check_email(data: bytes) -> None:
    text = text_of(data)
    key = emails.key(text)
    assert emails.key(key) == key
    assert unicodedata.is_normalized("NFC", key)
    assert emails.key(unicodedata.normalize("NFD", text)) == key
    if is_email(text):
        assert len(text) <= MAX_EMAIL_LENGTH
        assert text.isprintable()
        assert is_writable(text)
        local, _, host = text.rpartition("@")
        masked = emails.mask(text)
        assert masked.endswith(f"@{host}")
        assert len(local) < 4 or local not in masked.rpartition("@")[0]


def check_name(data: bytes) -> None:
    text = text_of(data)
    kept = names.normalise(text)
    assert names.normalise(kept) == kept
    assert unicodedata.is_normalized("NFC", kept)
    assert kept == kept.strip()
    assert "  " not in kept
    key = names.search_key(text)
    assert names.search_key(key) == key
    assert names.search_key(kept) == key
    assert names.search_key(unicodedata.normalize("NFD", text)) == key


def check_birth_date(data: bytes) -> None:
    choices = Choices(data)
    today = date(1900, 1, 1) + timedelta(days=choices.number(2))
    (text,) = choices.texts(1)
    with_slashes = birth_dates.with_slashes(text)
    read = birth_dates.parse(with_slashes, today)
    if not isinstance(read, date):
        return
    assert read <= today
    assert (today.year - read.year - ((today.month, today.day) < (read.month, read.day))) <= 130
    brazilian = f"{read.day:02d}/{read.month:02d}/{read.year:04d}"
    assert with_slashes in (brazilian, read.isoformat())
    assert birth_dates.parse(brazilian, today) == read
    assert birth_dates.with_slashes(brazilian.replace("/", "")) == brazilian


def check_receipt(data: bytes) -> None:
    text = text_of(data)
    typed, printed = receipts.parse(text), receipts.read(text)
    if printed is not None:
        assert str(printed) == text
        assert typed == printed
    if typed is not None:
        assert receipts.is_device_code(typed.device_code)
        assert receipts.parse(str(typed).lower().replace("-", " ")) == typed
        assert receipts.read(str(typed)) == typed
    counter = int.from_bytes(data[:5]) % 10**12
    number = ReceiptNumber("K7Q2MT", counter)
    assert receipts.read(str(number)) == receipts.parse(str(number)) == number


def check_enrolment_code(data: bytes) -> None:
    code = enrolment_codes.read(text_of(data))
    if code is not None:
        assert len(code) == 28
        assert set(code) <= set(DEVICE_CODE_ALPHABET)
        assert enrolment_codes.read(enrolment_codes.grouped(code).lower()) == code
    made = enrolment_codes.from_bytes(data[:16].ljust(16, b"\0"))
    assert enrolment_codes.read(enrolment_codes.grouped(made)) == made
    place = data[0] % 28 if data else 0
    other = DEVICE_CODE_ALPHABET[(DEVICE_CODE_ALPHABET.index(made[place]) + 1) % 32]
    changed = made[:place] + other + made[place + 1 :]
    # Ten bits check the rest: a changed check is always noticed, anything else nearly always.
    assert place < 26 or enrolment_codes.read(changed) is None


def check_ticket(data: bytes) -> None:
    scanned = text_of(data)
    ticket = enrolment_tickets.read(scanned)
    address = registry_addresses.read_typed(scanned)
    if ticket is not None:
        assert enrolment_tickets.written(ticket) == scanned.strip()
        assert enrolment_codes.read(ticket.code) == ticket.code
        address = ticket.address
    if not isinstance(address, AddressProblem):
        assert registry_addresses.read(address) == address
        # The client reads addresses with another parser, which has to see the same host.
        url = httpx.URL(address)
        assert url.host
        assert url.scheme == "https" or (url.scheme == "http" and url.host in _LOOPBACK)
    form = enrolment_forms.read_enrolment(EnrolmentForm(scanned, scanned, scanned))
    assert isinstance(form, EnrolmentWish) or form


def check_audit_head(data: bytes) -> None:
    head = read_head(text_of(data))
    if head is not None:
        assert read_head(f" {head.number}:{head.link.hex().upper()}\n") == head


def check_release_code(data: bytes) -> None:
    choices = Choices(data)
    now = choices.number(5) * MINUTE_MS + choices.number(2)
    minutes = choices.byte() % 16
    purpose = choices.pick((OperationKind.REGISTER, OperationKind.RESET))
    typed, subject = choices.texts(2)
    code = release_codes.read(typed)
    if code is not None:
        assert len(code) == 10
        assert set(code) <= set(DEVICE_CODE_ALPHABET)
        assert release_codes.read(release_codes.written(code).lower()) == code
    if not is_writable(subject):
        return
    claim = Claim(Identifier(IdentifierKind.CARD, subject), None, date(1950, 3, 24))
    release = Release("K7Q2MT", purpose, release_codes.subject_of(claim))
    made = release_codes.make(_KEYS, release, now)
    assert release_codes.read(release_codes.written(made)) == made
    later = now + minutes * MINUTE_MS
    slot = release_codes.find_slot_at_kiosk(_KEYS.kiosk, release, made, later)
    assert (slot == now // MINUTE_MS) == (minutes < VALID_MINUTES)
    early = now - minutes * MINUTE_MS
    found = release_codes.find_slot_at_kiosk(_KEYS.kiosk, release, made, early)
    assert (found == now // MINUTE_MS) == (minutes <= EARLY_MINUTES)
    assert release_codes.is_right_at_registry(
        _KEYS.registry, release, made, now // MINUTE_MS, now, now
    )


def check_email_code(data: bytes) -> None:
    text = text_of(data)
    code = email_codes.read(text)
    if code is not None:
        assert code == "".join(text.split())
        assert len(code.encode("ascii")) == 6
        assert email_codes.read(f"{code[:3]} {code[3:]}") == code


TARGETS = (
    target(
        "cpf",
        check_cpf,
        b"529.982.247-25",
        b"11144477735",
        b"00000000191",
        b"12345678901",
        longest=64,
    ),
    target("card", check_card, b"\x000000 1234 5678-90", b"\x02AB1234", longest=128),
    target(
        "identifier",
        check_identifier,
        b"\x00529.982.247-25",
        b"\x01000000000191",
        b"\x00 Joana@Exemplo.com.br",
        longest=512,
    ),
    target("email", check_email, b"joana@exemplo.com.br", "JOÃO@É.br".encode(), longest=512),
    target("name", check_name, "Joana  d’Ávila".encode(), "ÀÉÎõü Ǆ ᾼ İ".encode(), longest=512),
    target(
        "birth-date",
        check_birth_date,
        b"\xb0\x0024/03/1950",
        b"\xb0\x002000-02-29",
        b"\xb0\x0024/03/1850",
        longest=32,
    ),
    target(
        "receipt",
        check_receipt,
        str(ReceiptNumber("K7Q2MT", 42)).encode(),
        b"k7q2mt-0042-y",
        longest=64,
    ),
    target(
        "enrolment-code",
        check_enrolment_code,
        enrolment_codes.grouped(enrolment_codes.from_bytes(bytes(range(16)))).encode(),
        longest=128,
    ),
    target(
        "release-code",
        check_release_code,
        bytes(8) + fields("ABCDE-FGH12", "000000000001"),
        b"\x01\xa0\x00\x00\x00\x00\x07\x0a\x01" + fields("oil1u 23456", "é"),
        longest=256,
    ),
    target(
        "tickets",
        check_ticket,
        enrolment_tickets.written(
            Ticket(enrolment_codes.from_bytes(bytes(range(16))), "https://cadastro.exemplo:8443")
        ).encode(),
        b"https://cadastro.exemplo",
        b"http://cadastro.exemplo",
        b"http://127.0.0.1:8765/",
        words=(b"PAS:1:", b"https://", b"http://", b"@", b"127.0.0.1", b"[::1]", b"\\"),
        longest=300,
    ),
    target("audit-heads", check_audit_head, b"12:" + b"0a" * 32, longest=128),
    target("email-code", check_email_code, b"123 456", "１２３456".encode(), b"12 345", longest=64),
)
