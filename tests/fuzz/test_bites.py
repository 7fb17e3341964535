"""A target that finds nothing proves nothing unless it finds a mistake that is made on purpose."""

import importlib
import re
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from msgspec.json import Decoder

from kiosk.domain.operations import Outcome
from tests.fuzz.catalogues import TARGETS
from tests.fuzz.targets import Check

Break = Callable[[Any], Any]


def without(name: str) -> Break:
    """Let an error out that is caught today."""
    return lambda failures: tuple(one for one in failures if one.__name__ != name)


def becoming(value: Any) -> Break:
    return lambda _: value


class _Everything:
    def __contains__(self, _: object) -> bool:
        return True


MISTAKES: list[tuple[str, str, str, Break]] = [
    ("cpf", "kiosk.domain.cpfs", "is_valid", becoming(lambda text: len(text) == 11)),
    ("cpf", "kiosk.domain.cpfs", "clean", becoming(lambda text: text.replace(".", ""))),
    ("identifier", "kiosk.domain.identifiers", "canonical", becoming(str.strip)),
    ("email", "kiosk.domain.emails", "key", becoming(str.casefold)),
    ("name", "kiosk.domain.names", "search_key", becoming(str.casefold)),
    ("birth-date", "kiosk.domain.birth_dates", "MAX_AGE_YEARS", becoming(900)),
    (
        "receipt",
        "kiosk.domain.receipts",
        "_PRINTED",
        lambda was: re.compile(was.pattern, re.IGNORECASE),
    ),
    ("enrolment-code", "kiosk.domain.enrolment_codes", "_LOOKALIKES", becoming({48: "1"})),
    ("release-code", "kiosk.domain.release_codes", "VALID_MINUTES", becoming(11)),
    ("email-code", "kiosk.domain.email_codes", "DIGITS", becoming(5)),
    ("password", "kiosk.domain.passwords", "normalise", becoming(str)),
    ("blocklist", "kiosk.domain.blocklists", "_counts", lambda was: lambda text: was(text)[1:]),
    ("receipt-query", "kiosk.domain.passwords", "is_writable", becoming(lambda _: True)),
    ("answers", "kiosk.sync.client", "_retry_after", becoming(lambda _: -1.0)),
    ("device-signatures", "kiosk.wire.signatures", "_NONCE", becoming(re.compile(".*"))),
    ("key-announcements", "kiosk.wire.key_announcements", "PUBLIC_KEY_BYTES", becoming(31)),
    ("public-keys", "kiosk.wire.device_keys", "_SMALL_ORDER", becoming(frozenset())),
    ("deliveries", "kiosk.registry.claims", "MAX_EMAIL_LENGTH", becoming(400)),
    ("sign-in-bodies", "kiosk.registry.sign_ins", "_BODY", becoming(Decoder())),
    ("cursors", "kiosk.registry.cursors", "_TAG_BYTES", becoming(0)),
    ("rosters", "kiosk.registry.rosters", "MAX_NAME_LENGTH", becoming(10**6)),
    ("outbox-files", "kiosk.registry.outbox_imports", "_operation", becoming(lambda *_: None)),
    ("snapshots", "kiosk.store.copy_loads", "INTEGRITY_ERRORS", becoming(())),
    ("snapshot-facts", "kiosk.store.snapshot_parts", "_UNDECODABLE", without("UnicodeDecodeError")),
    ("snapshot-facts", "kiosk.registry.snapshot_files", "_UNDECODABLE", without("RecursionError")),
    ("key-files", "kiosk.custody.custodies", "Complaint", becoming(ValueError)),
    ("custody-choices", "kiosk.custody.choices", "_checked", becoming(lambda choice: choice)),
    ("sealed-files", "kiosk.database.sealed_pages", "_EMPTY", becoming(b"")),
    ("mail-addresses", "kiosk.registry.letters", "_LOCAL", becoming(re.compile("(?s).*"))),
    ("mail-servers", "kiosk.registry.mail_servers", "_LOOPBACK", becoming(_Everything())),
    ("letters", "kiosk.registry.letters", "_plain", becoming(str)),
    ("log-lines", "kiosk.log_readings", "_is_of_its_kind", becoming(lambda _: True)),
    ("tickets", "kiosk.domain.registry_addresses", "_LOOPBACK", becoming(_Everything())),
    ("gate-words", "kiosk.wire.gate_words", "RELEASE_KEY_BYTES", becoming(31)),
    ("questions", "kiosk.registry.claims", "request_binding", becoming(lambda *_: 1)),
    ("settings-file", "kiosk.settings", "_printable", becoming(str)),
    ("environment", "kiosk.settings", "SettingsError", becoming(KeyError)),
    ("portal-hashes", "kiosk.registry.password_hashes", "_decodes", becoming(lambda _: True)),
    ("pages", "kiosk.sync.pulls", "Outcome", becoming({}.__getitem__)),
    ("push-answers", "kiosk.sync.pushes", "_FINAL", becoming(frozenset(Outcome))),
    (
        "requests",
        "kiosk.registry.api",
        "_decode",
        becoming(lambda decoder, body: decoder.decode(body)),
    ),
]


@pytest.mark.parametrize(("name", "module", "attribute", "mistake"), MISTAKES)
def test_a_mistake_made_on_purpose_is_found(
    name: str, module: str, attribute: str, mistake: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = importlib.import_module(module)
    monkeypatch.setattr(place, attribute, mistake(getattr(place, attribute)))
    with ExitStack() as stack:
        check = TARGETS[name].prepare(stack)
        assert any(_fails(check, data) for data in TARGETS[name].seeds)


def _fails(check: Check, data: bytes) -> bool:
    try:
        check(data)
    except Exception:  # noqa: BLE001 - whatever it is, it ends a run
        return True
    return False
