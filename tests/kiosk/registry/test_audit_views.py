"""Who looked at what of whom is in the registry's audit, and nothing else of them."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text

from kiosk.domain.cards import CardFormat
from kiosk.domain.gates import Gate
from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.domain.operations import Claim, OperationKind
from kiosk.registry.audit_trails import Event, verify_trail
from kiosk.registry.device_lists import exposure_of
from kiosk.registry.email_codes import EmailCodes
from kiosk.registry.imports import import_roster
from kiosk.registry.policies import EVERY_DEVICE, Policies
from kiosk.registry.tables import audit
from kiosk.registry.unlocks import unlock
from kiosk.wire.messages import ReceiptBody
from tests.kiosk.registry.rosters import line, write
from tests.kiosk.registry.workbench import BORN, CPFS, DEVICE, OTHER_DEVICE, Workbench

PASSWORD = "cavalo bateria grampo"


def events(registry: Workbench) -> list[tuple[str, str | None, str | None]]:
    assert verify_trail(registry.engine).broken is None
    lines = registry.rows(audit)
    # The plan's own number is all that may be said of a person.
    assert not re.search(r"\d{11}|Joana|@|1950", repr([list(one.values())[2:7] for one in lines]))
    return [(one["what"], one["device"], one["person_id"]) for one in lines]


@pytest.mark.parametrize(
    ("status", "shown"), [("active", "signed_in"), ("cancelled", "sign_in_not_covered")]
)
def test_a_right_sign_in_is_two_lines(registry: Workbench, status: str, shown: str) -> None:
    registry.add_person(password=PASSWORD, origin="app_2024", status=status)
    registry.sign_in("000000000001", PASSWORD)
    assert events(registry) == [("sign_in_tried", DEVICE, "P1"), (shown, DEVICE, "P1")]


def test_a_wrong_one_is_a_line_whoever_was_named(registry: Workbench) -> None:
    registry.add_person(password=PASSWORD, origin="app_2024")
    registry.sign_in("000000000001", "outra senha errada")
    registry.sign_in(CPFS[2], PASSWORD)
    registry.sign_in("ninguem@exemplo.br", PASSWORD)
    assert events(registry) == [
        ("sign_in_tried", DEVICE, "P1"),
        ("sign_in_tried", DEVICE, None),
        ("sign_in_tried", DEVICE, None),
    ]


def test_no_password_is_verified_where_the_attempt_cannot_be_noted(registry: Workbench) -> None:
    registry.add_person(password=PASSWORD, origin="app_2024")
    with registry.engine.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER no BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END")
        )
    with pytest.raises(Exception, match="no"):
        registry.sign_in("000000000001", PASSWORD)


def test_a_receipt_that_is_shown_is_a_line_and_one_that_is_not_is_none(registry: Workbench) -> None:
    registry.add_person()
    message = registry.message()
    registry.push(message)
    for card, born in (("000000000009", None), (None, BORN)):
        registry.receipts.query(
            OTHER_DEVICE,
            ReceiptBody(receipt=message.receipt, card_number=card, birth_date=born),
        )
    assert events(registry)[1:] == [("receipt_shown", OTHER_DEVICE, "P1")]
    assert registry.rows(audit)[-1]["operation_id"].hex() == message.id


def test_a_receipt_is_not_shown_where_that_cannot_be_noted(registry: Workbench) -> None:
    registry.add_person()
    message = registry.message()
    registry.push(message)
    with registry.engine.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER no BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END")
        )
    asked = ReceiptBody(receipt=message.receipt, card_number=None, birth_date=BORN)
    with pytest.raises(Exception, match="no"):
        registry.receipts.query(OTHER_DEVICE, asked)


def test_an_unlocking_and_a_list_of_the_exposed_are_lines(registry: Workbench) -> None:
    registry.add_person()
    unlock(registry.engine, registry.throttle, "000000000001")
    exposure_of(registry.engine, DEVICE, 7)
    registry.throttle.release(DEVICE)
    assert events(registry) == [
        ("attempts_opened", None, "P1"),
        ("exposure_listed", DEVICE, None),
        ("sweep_ended", DEVICE, None),
    ]


def test_a_code_by_email_is_a_line_made_or_refused(registry: Workbench) -> None:
    registry.add_person(email="joana@exemplo.br", origin="app_2024")
    policies = Policies({EVERY_DEVICE: Gate.EMAIL_CODE})
    codes = EmailCodes(registry.engine, registry.keys, registry.times, policies, registry.clock)
    card = Identifier(IdentifierKind.CARD, "000000000001")
    codes.request(DEVICE, OperationKind.RESET, Claim(card, CPFS[0], BORN))
    codes.request(DEVICE, OperationKind.RESET, Claim(card, CPFS[1], BORN))
    assert events(registry) == [
        ("email_code_made", DEVICE, "P1"),
        ("email_code_refused", DEVICE, None),
    ]


def test_a_file_of_rejected_lines_is_a_line(registry: Workbench, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", line(1), line(2, birth_date="ontem"))
    import_roster(registry.engine, file, card_format=CardFormat(), clock=registry.clock)
    assert [what for what, _, _ in events(registry)] == ["import", "rejections_written"]
    assert registry.rows(audit)[1]["detail"] == "lines=1"


def test_an_event_says_what_it_says() -> None:
    assert Event(1, "a") == (1, "a", None, None, None, None)
