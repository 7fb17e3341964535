"""A signature is believed for the request it was made for, and for no other."""

import hmac
from base64 import b64encode
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from kiosk.wire.device_keys import DeviceKey, key_id_of, load_key, make_key, public_key
from kiosk.wire.messages import DIGEST_HEADER, content_digest
from kiosk.wire.signatures import (
    INPUT_HEADER,
    SIGNATURE_HEADER,
    NotSigned,
    Signed,
    new_nonce,
    sign,
    verify,
)

KEY, OTHER = make_key(), make_key()
PATH = "/v1/operations"
NOW = 1_780_000_000_000
DIGEST = content_digest(b"{}")
Headers = list[tuple[str, str]]


def find(key_id: str) -> Ed25519PublicKey | None:
    known = {one.key_id: public_key(one.public) for one in (KEY, OTHER)}
    return known.get(key_id)


def signed(key: DeviceKey = KEY, created: int = NOW, nonce: str | None = None) -> dict[str, str]:
    return sign(key, "POST", PATH, DIGEST, created, nonce or new_nonce())


def judge(headers: dict[str, str] | Headers, method: str = "POST", target: str = PATH) -> Signed:
    lines = headers if isinstance(headers, list) else list(headers.items())
    return verify(method, target, lines, find)


@pytest.mark.parametrize("created", [0, 999, NOW, 253_402_300_799_000])
def test_a_signature_says_who_when_and_which(created: int) -> None:
    nonce = new_nonce()
    said = judge(signed(created=created, nonce=nonce))
    assert said == Signed(KEY.key_id, created // 1000 * 1000, nonce)


def test_names_of_headers_have_no_case_and_others_do_not_matter() -> None:
    lines = [("Host", "proxy.example"), ("X-Forwarded-For", "10.0.0.1")]
    lines += [(name.title(), value) for name, value in signed().items()]
    assert judge(lines).key_id == KEY.key_id


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", PATH),
        ("PUT", PATH),
        ("POST", "/v1/changes"),
        ("POST", f"{PATH}/"),
        ("POST", f"{PATH}?device=other"),
        ("POST", "/V1/operations"),
        ("POST", "//v1/operations"),
    ],
)
def test_a_request_that_was_moved_is_not_believed(method: str, target: str) -> None:
    with pytest.raises(NotSigned):
        judge(signed(), method, target)


def test_a_body_that_was_exchanged_is_not_believed() -> None:
    forged = {**signed(), DIGEST_HEADER: content_digest(b'{"forged":1}')}
    with pytest.raises(NotSigned):
        judge(forged)


def test_a_key_signs_in_its_own_name_alone() -> None:
    headers = signed(OTHER)
    headers[INPUT_HEADER] = headers[INPUT_HEADER].replace(OTHER.key_id, KEY.key_id)
    with pytest.raises(NotSigned):
        judge(headers)


def test_a_key_that_nobody_knows_is_not_believed() -> None:
    with pytest.raises(NotSigned):
        judge(signed(make_key()))


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (f";created={NOW // 1000}", f";created={NOW // 1000 + 1}"),
        (f";created={NOW // 1000}", ""),
        (f";created={NOW // 1000}", f';created="{NOW // 1000}"'),
        (";nonce=", ";nounce="),
        (";nonce=", f";expires={NOW};nonce="),
        (';tag="kiosk-pas-1"', ""),
        (';tag="kiosk-pas-1"', ';tag="kiosk-pas-2"'),
        (';alg="ed25519"', ""),
        (';alg="ed25519"', ';alg="none"'),
        (';alg="ed25519"', ';alg="hmac-sha256"'),
        (';alg="ed25519"', ';alg="rsa-v1_5-sha256"'),
        ('"@method" ', ""),
        ('"@path" ', ""),
        ('"@query" ', ""),
        (' "content-digest"', ""),
        ('"@path"', '"@authority"'),
        ('"@path"', '"@path" "@path"'),
        ("kiosk=", "kiosk2="),
        ("kiosk=", "kiosk=?1, other="),
    ],
)
def test_what_was_said_of_a_signature_cannot_be_changed(said: str, instead: str) -> None:
    headers = signed()
    assert said in headers[INPUT_HEADER]
    headers[INPUT_HEADER] = headers[INPUT_HEADER].replace(said, instead)
    with pytest.raises(NotSigned):
        judge(headers)


def test_a_public_key_is_no_secret_to_a_lesser_algorithm() -> None:
    headers = signed()
    params = headers[INPUT_HEADER].removeprefix("kiosk=").replace("ed25519", "hmac-sha256")
    base = "\n".join(
        [
            '"@method": POST',
            f'"@path": {PATH}',
            '"@query": ?',
            f'"content-digest": {DIGEST}',
            f'"@signature-params": {params}',
        ]
    )
    made = hmac.digest(KEY.public, base.encode(), "sha256")
    headers[INPUT_HEADER] = f"kiosk={params}"
    headers[SIGNATURE_HEADER] = f"kiosk=:{b64encode(made).decode()}:"
    with pytest.raises(NotSigned):
        judge(headers)


@pytest.mark.parametrize("name", [SIGNATURE_HEADER, INPUT_HEADER, DIGEST_HEADER])
def test_each_header_stands_there_once(name: str) -> None:
    headers = signed()
    for more in (headers[name], signed(OTHER)[name]):
        with pytest.raises(NotSigned, match="twice"):
            judge([*headers.items(), (name.upper(), more)])
    del headers[name]
    with pytest.raises(NotSigned, match="unsigned"):
        judge(headers)


def test_two_signatures_in_one_header_are_none() -> None:
    one, other = signed(), signed(OTHER)
    both = {
        name: f"{one[name]}, {other[name].replace('kiosk=', 'kiosk2=')}"
        for name in (SIGNATURE_HEADER, INPUT_HEADER)
    }
    with pytest.raises(NotSigned):
        judge({**one, **both})


@pytest.mark.parametrize("nonce", ["", "short", "x" * 21, "x" * 23, "x" * 21 + "!"])
def test_a_nonce_has_128_bits(nonce: str) -> None:
    headers = sign(KEY, "POST", PATH, DIGEST, NOW, nonce)
    with pytest.raises(NotSigned, match="odd"):
        judge(headers)


def test_no_two_nonces_are_alike() -> None:
    assert len({new_nonce() for _ in range(1000)}) == 1000


_SCRAPS = st.sampled_from(
    [
        "kiosk=",
        "(",
        ")",
        '"@method"',
        ";created=",
        "1",
        ":",
        "AA==",
        ",",
        '"',
        "\\",
        ";keyid=",
        "?1",
    ]
)
_hostile = st.one_of(st.text(max_size=200), st.lists(_SCRAPS, max_size=20).map("".join))


@given(_hostile, _hostile, _hostile)
def test_whatever_stands_in_the_headers_is_refused(one: str, two: str, three: str) -> None:
    with pytest.raises(NotSigned):
        judge({SIGNATURE_HEADER: one, INPUT_HEADER: two, DIGEST_HEADER: three})


@given(
    st.sampled_from([SIGNATURE_HEADER, INPUT_HEADER, DIGEST_HEADER]),
    st.integers(0, 400),
    st.characters(codec="latin-1"),
)
def test_one_other_character_is_refused_or_means_the_same(
    name: str, place: int, character: str
) -> None:
    nonce = "A" * 22
    headers = signed(nonce=nonce)
    value = headers[name]
    at = place % len(value)
    headers[name] = value[:at] + character + value[at + 1 :]
    try:
        said = judge(headers)
    except NotSigned:
        return
    assert said == Signed(KEY.key_id, NOW, nonce)


@given(st.text(max_size=100))
def test_whatever_the_target_is_it_is_refused(target: str) -> None:
    with pytest.raises(NotSigned):
        judge(signed(), target=f"/{target}")


def test_a_header_has_a_greatest_length() -> None:
    headers = signed()
    headers[SIGNATURE_HEADER] += " " * 2000
    with pytest.raises(NotSigned, match="long"):
        judge(headers)


def test_a_key_is_the_same_when_it_is_loaded() -> None:
    again = load_key(KEY.secret)
    assert (again.public, again.key_id) == (KEY.public, key_id_of(KEY.public))
    assert judge(signed(again)).key_id == KEY.key_id


@pytest.mark.parametrize("load", [load_key, public_key])
@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
def test_what_is_no_key_is_none(load: Callable[[bytes], object], content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        load(content)


def test_a_secret_is_in_no_repr() -> None:
    assert repr(KEY.secret) not in repr(KEY)
