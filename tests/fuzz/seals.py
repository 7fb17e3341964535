"""What is signed and what is sealed: requests, announcements, bodies, deliveries, cursors."""

from base64 import b64encode
from contextlib import ExitStack
from datetime import date

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.domain import receipts
from kiosk.domain.forms import LONGEST_IDENTIFIER
from kiosk.domain.operations import OperationKind
from kiosk.domain.receipts import ReceiptNumber
from kiosk.registry.claims import (
    MAX_EMAIL_LENGTH,
    NotUnderstood,
    read_claim,
    read_delivery,
    read_sealed,
)
from kiosk.registry.cursors import MARK_BYTES, Cursors, ReadCursor
from kiosk.registry.databases import default_url, open_database
from kiosk.registry.sign_ins import SignIns
from kiosk.wire.device_keys import load_key, public_key
from kiosk.wire.gate_words import (
    GateResponse,
    GateStatement,
    HandedKey,
    HandedKeys,
    NotTheRegistrysWord,
    understood,
)
from kiosk.wire.key_announcements import NotVouchedFor, announce, verified
from kiosk.wire.messages import (
    CODE_PATH,
    RECEIPT_PATH,
    RELEASE_PATH,
    CodeBody,
    CredentialBody,
    Delivery,
    EmailBody,
    KeyAnnouncement,
    OperationMessage,
    ReceiptBody,
    ReceiptRequest,
    ReleaseBody,
    SignInBody,
    SignInRequest,
    content_digest,
    encode,
)
from kiosk.wire.sealed_bodies import (
    CannotOpen,
    gate_binding,
    open_sealed,
    operation_binding,
    request_binding,
    sign_in_binding,
)
from kiosk.wire.signatures import COVERED, TAG, NotSigned, sign, verify
from tests.factories import HASH
from tests.fuzz.choices import SEPARATOR, Choices, fields, is_writable, text_of
from tests.fuzz.targets import Check, Target, new_folder, target
from tests.kiosk.registry.workbench import Workbench
from tests.seals import PRIVATE_KEY, SEALING_KEY

_KEY = load_key(bytes(range(32)))
_IDENTITY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
_DIGEST = content_digest(b"{}")
_PATH = "/v1/operations"
_NOW = 1_780_000_000_000
_NONCE = "AAAAAAAAAAAAAAAAAAAAAA"
_DEVICE = "K7Q2MT"
_WISH = "01890000000070008000000000000000"
_PARAMETERS = (
    f';created=1780000000;keyid="{_KEY.key_id}";alg="ed25519";nonce="{_NONCE}";tag="{TAG}"'
)
_COMPONENTS = " ".join(f'"{one}"' for one in COVERED)


def _signed(components: str, parameters: str) -> list[tuple[str, str]]:
    """Sign whatever stands in the parameters, as RFC 9421 section 2.5 writes it down."""
    base = (
        f'"@method": POST\n"@path": {_PATH}\n"@query": ?\n"content-digest": {_DIGEST}\n'
        f'"@signature-params": ({components}){parameters}'
    )
    made = b64encode(_KEY.private.sign(base.encode("utf-8", "surrogateescape"))).decode()
    return [
        ("content-digest", _DIGEST),
        ("signature-input", f"kiosk=({components}){parameters}"),
        ("signature", f"kiosk=:{made}:"),
    ]


def check_signed_by_a_device(data: bytes) -> None:
    """Let a device with a good key sign whatever it wants."""
    components, parameters = Choices(data).texts(2)
    _check_signature(_signed(components, parameters))


def check_signature_headers(data: bytes) -> None:
    """Let anybody send any headers."""
    digest, said, signature, more = Choices(data).texts(4)
    heads = [("Content-Digest", digest), ("Signature-Input", said), ("signature", signature)]
    _check_signature([*heads, ("SIGNATURE", more)] if more else heads)


def _check_signature(heads: list[tuple[str, str]]) -> None:
    known = public_key(_KEY.public)
    try:
        signed = verify(
            "POST", _PATH, heads, lambda key_id: known if key_id == _KEY.key_id else None
        )
    except NotSigned as refusal:
        assert refusal.why.isascii()
        return
    assert signed.key_id == _KEY.key_id
    assert isinstance(signed.created_ms, int)
    assert 0 <= signed.created_ms < 253_402_300_800_000
    assert len(signed.nonce) == 22
    # It has to be what this program makes itself, in no other spelling.
    made = sign(_KEY, "POST", _PATH, _DIGEST, signed.created_ms, signed.nonce)
    assert {name.lower(): value for name, value in heads} == made


def check_public_key(data: bytes) -> None:
    """Nobody signs without the secret, whatever is given for a public key."""
    word, key, signature = Choices(data).pieces(3)
    key = key[:32].ljust(32, b"\0")
    for made in (signature[:64].ljust(64, b"\0"), key + bytes(32), b"\x01" + bytes(63)):
        try:
            public_key(key).verify(made, word)
        except (ValueError, InvalidSignature):
            continue
        raise AssertionError("a signature without a secret")


def check_announcement(data: bytes) -> None:
    choices = Choices(data)
    is_signed = choices.flag()
    if is_signed:
        statement = choices.rest()
        signature = _IDENTITY.sign(b"kiosk-pas sealing key 1\0" + statement)
        identity = _IDENTITY.public_key().public_bytes_raw()
    else:
        statement, signature, identity = choices.pieces(3)
    said = KeyAnnouncement(statement=statement, signature=signature, identity=identity)
    try:
        known = verified(said, identity)
    except NotVouchedFor:
        return
    assert len(known.public_key) == 32
    assert is_signed
    assert 0 <= known.said_at < 253_402_300_800_000


def check_sealed_body(data: bytes) -> None:
    choices = Choices(data)
    has_known_key = choices.flag()
    content, wish, device = choices.pieces(3)
    sealed = (b"\x01" + SEALING_KEY.id + content) if has_known_key else content
    known = {SEALING_KEY.id: PRIVATE_KEY}.get
    try:
        opened = open_sealed(sealed, b"anything", known)
    except CannotOpen:
        opened = None
    assert opened is None
    texts = text_of(wish), text_of(device)
    if not all(is_writable(text) for text in texts):
        return
    first, second = texts
    binding = operation_binding(first, "register", second)
    again = SEALING_KEY.seal(content, binding)
    assert len(again) > 16 * 1024 or open_sealed(again, binding, known) == content
    if first != second:
        assert binding != operation_binding(second, "register", first)


def check_delivery(registry: Workbench, data: bytes) -> None:
    """Let a device seal anything and deliver it."""
    choices = Choices(data)
    kind = choices.pick(("register", "reset", "set_email", "other"))
    oddity = choices.byte()
    body, receipt, operation, replaces = choices.pieces(4)
    texts = [text_of(one) for one in (receipt, operation, replaces)]
    if not all(is_writable(text) for text in texts):
        return
    receipt_text = texts[0] or str(ReceiptNumber(_DEVICE, 42))
    id_text, replaced = texts[1] or _WISH, texts[2] or None
    sealed = SEALING_KEY.seal(body, operation_binding(replaced or id_text, kind, _DEVICE))
    message = OperationMessage(
        id=id_text,
        kind=kind,
        receipt=receipt_text,
        sequence=1 if oddity < 128 else (oddity - 192) << 58,
        seen=None,
        made_at=_NOW,
        body=body if oddity % 16 == 7 else sealed,
        replaces=replaced,
    )
    try:
        asked = read_delivery(
            0, Delivery(operation=message), _DEVICE, registry.hashes, registry.sealing
        )
    except NotUnderstood as odd:
        assert odd.index == 0
        return
    assert len(asked.id) == len(asked.wish) == 16
    assert asked.kind in set(OperationKind)
    assert 0 <= asked.message.sequence < 2**63
    number = receipts.read(asked.message.receipt)
    assert number is not None
    assert number.device_code == _DEVICE
    assert len(asked.claim.identifier.value) <= 3 * LONGEST_IDENTIFIER
    assert isinstance(asked.claim.birth_date, date)
    assert (asked.email is None) != (asked.password_hash is None)
    assert asked.email is None or len(asked.email) <= MAX_EMAIL_LENGTH
    assert asked.password_hash is None or registry.hashes.is_current(asked.password_hash)


def check_sign_in_body(sign_ins: SignIns, data: bytes) -> None:
    nonce = data[:16]
    body = data[16:]
    sealed = SEALING_KEY.seal(body, sign_in_binding(_DEVICE, nonce))
    try:
        opened = sign_ins._opened(SignInRequest(device=_DEVICE, nonce=nonce, sealed=sealed))
    except CannotOpen:
        return
    assert isinstance(opened, SignInBody)


def check_question(registry: Workbench, data: bytes) -> None:
    """Let a device seal anything and ask it."""
    choices = Choices(data)
    path, decoder = choices.pick(_QUESTIONS)
    body = choices.rest()
    sealed = SEALING_KEY.seal(body, request_binding(path, _DEVICE, b"nonce"))
    request = ReceiptRequest(device=_DEVICE, nonce=b"nonce", sealed=sealed)
    try:
        asked = read_sealed(request, path, decoder, registry.sealing)
        if isinstance(asked, CodeBody):
            read_claim(asked)
    except (CannotOpen, NotUnderstood):
        return
    assert encode(asked)


def check_gate_word(data: bytes) -> None:
    """Let a registry sign and seal whatever it wants."""
    choices = Choices(data)
    is_statement = choices.flag()
    content = choices.rest()
    binding = gate_binding(_DEVICE, SEALING_KEY.public_key)
    if is_statement:
        statement = content
    else:
        sealed = SEALING_KEY.seal(content, binding)
        statement = encode(GateStatement(gate="manual", tag="t", sealed=sealed))
    signature = _IDENTITY.sign(b"kiosk-pas gate 1\0" + statement)
    said = GateResponse(statement=statement, signature=signature)
    identity = _IDENTITY.public_key().public_bytes_raw()
    try:
        word = understood(said, identity, _DEVICE, PRIVATE_KEY)
    except NotTheRegistrysWord:
        return
    assert all(len(one.kiosk_key) == 32 for one in word.keys)


def check_cursor(data: bytes) -> None:
    key = bytes(range(32))
    choices = Choices(data)
    position, issued_at = choices.number(8), choices.number(8)
    mark = choices.number(MARK_BYTES).to_bytes(MARK_BYTES)
    place = choices.byte()
    made = Cursors(key, lambda: issued_at).issue(position, mark)
    reader = Cursors(key, lambda: 0)
    assert reader.read(made) == ReadCursor(position, issued_at, mark)
    assert Cursors(bytes(32), lambda: 0).read(made) is None
    at = place % len(made)
    assert reader.read(made[:at] + ("A" if made[at] != "A" else "B") + made[at + 1 :]) is None
    (typed,) = choices.texts(1)
    assert reader.read(typed) is None
    assert reader.read(made[:at] + typed) in (None, reader.read(made))


def _workbench(stack: ExitStack) -> Workbench:
    engine = open_database(default_url(new_folder(stack)))
    stack.callback(engine.dispose)
    return Workbench(engine)


def _deliveries(stack: ExitStack) -> Check:
    registry = _workbench(stack)
    return lambda data: check_delivery(registry, data)


def _sign_in_bodies(stack: ExitStack) -> Check:
    sign_ins = _workbench(stack).sign_ins
    return lambda data: check_sign_in_body(sign_ins, data)


def _questions(stack: ExitStack) -> Check:
    registry = _workbench(stack)
    return lambda data: check_question(registry, data)


_QUESTIONS: tuple[tuple[str, msgspec.json.Decoder[ReceiptBody | CodeBody | ReleaseBody]], ...] = (
    (RECEIPT_PATH, msgspec.json.Decoder(ReceiptBody)),
    (CODE_PATH, msgspec.json.Decoder(CodeBody)),
    (RELEASE_PATH, msgspec.json.Decoder(ReleaseBody)),
)
_CREDENTIAL = CredentialBody(
    identifier_kind="card",
    identifier="000000000001",
    cpf="52998224725",
    birth_date=date(1950, 3, 24),
    password_hash=HASH,
    code="ABCDE-FGH12",
    code_slot=29_000_000,
)
_EMAIL = EmailBody(
    identifier_kind="email",
    identifier="joana@exemplo.com.br",
    cpf=None,
    birth_date=date(1950, 3, 24),
    email="joana@exemplo.com.br",
)
_DEEP = b'{"more":' + b"[" * 2000
_GOOD_HEADERS = sign(_KEY, "POST", _PATH, _DIGEST, _NOW, _NONCE)

TARGETS = (
    target(
        "device-signatures",
        check_signed_by_a_device,
        fields(_COMPONENTS, _PARAMETERS),
        fields(_COMPONENTS, _PARAMETERS.replace("=1780000000", '="1780000000"')),
        fields(_COMPONENTS, _PARAMETERS.replace(f'"{_NONCE}"', "22")),
        fields(_COMPONENTS, _PARAMETERS.replace(_NONCE, "short")),
        fields(_COMPONENTS + ' "date"', _PARAMETERS + ";expires=1"),
        words=(b"created=", b";expires=", b"=?1", b"=1.5", b"=:AAAA:", b"=@1", b";sf", b'"@query"'),
        longest=1024,
    ),
    target(
        "signature-headers",
        check_signature_headers,
        fields(*(_GOOD_HEADERS[one] for one in ("content-digest", "signature-input", "signature"))),
        fields("sha-256=:AA==:", 'sig1=();created=1, kiosk=("@path")', "sig1=:AA==:", ""),
        words=(b"kiosk=", b"sig1=", b'("@path")', b"=:AA==:", b";created=1", b";bs", b";req"),
        longest=1536,
    ),
    target(
        "key-announcements",
        check_announcement,
        b"\x01" + announce(_IDENTITY, bytes(32), _NOW).statement,
        b"\x01" + _DEEP,
        b"\x01" + announce(_IDENTITY, bytes(31), _NOW).statement,
        b"\x00" + fields("{}", "", ""),
        longest=4096,
    ),
    target(
        "sealed-bodies",
        check_sealed_body,
        b"\x01" + bytes(64),
        b"\x00" + SEALING_KEY.seal(b"{}", b"something"),
        b"\x01" + fields("texto", _WISH, _DEVICE),
        longest=512,
    ),
    target(
        "public-keys",
        check_public_key,
        b"1" + SEPARATOR + bytes(32) + SEPARATOR + bytes(64),
        b"2" + SEPARATOR + b"\x01" + bytes(31) + SEPARATOR + bytes(64),
        b"3" + SEPARATOR + _KEY.public + SEPARATOR + _KEY.private.sign(b"4"),
        longest=256,
    ),
    Target(
        "deliveries",
        _deliveries,
        (
            b"\x00\x00" + encode(_CREDENTIAL),
            b"\x02\x00" + encode(_EMAIL),
            b"\x02\x00" + encode(msgspec.structs.replace(_EMAIL, email="a@" + "b" * 300)),
            b"\x01\x00" + _DEEP,
            b"\x01\x07\x01" + SEALING_KEY.id + bytes(64),
            b"\x01\xff" + encode(_CREDENTIAL),
        ),
        longest=4096,
    ),
    Target(
        "sign-in-bodies",
        _sign_in_bodies,
        (
            bytes(16) + encode(SignInBody(identifier="000000000001", password="uma senha")),
            bytes(16) + _DEEP,
        ),
        longest=4096,
    ),
    Target(
        "questions",
        _questions,
        (
            b"\x00" + encode(ReceiptBody(receipt="x", card_number="1", birth_date=None)),
            b"\x01" + _DEEP,
            b"\x02" + encode(ReleaseBody(kiosk="AAAAAA", purpose="reset", cpf=None)),
        ),
        longest=4096,
    ),
    target(
        "gate-words",
        check_gate_word,
        b"\x00" + encode(HandedKeys(keys=[HandedKey(kiosk="K", name="n", kiosk_key=bytes(32))])),
        b"\x00" + encode(HandedKeys(keys=[HandedKey(kiosk="K", name="n", kiosk_key=bytes(31))])),
        b"\x00" + _DEEP,
        b"\x01" + _DEEP,
        longest=4096,
    ),
    target("cursors", check_cursor, bytes(23) + b"A" * 52, bytes(range(24)), longest=96),
)
