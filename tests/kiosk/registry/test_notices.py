"""Which mails an operation leaves, and to whom."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from kiosk.domain.gates import Gate
from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.domain.operations import Claim, OperationKind
from kiosk.registry.claims import NotUnderstood
from kiosk.registry.email_codes import EmailCodes
from kiosk.registry.outbox_imports import import_outbox
from kiosk.registry.outgoing_mails import KEPT_MS
from kiosk.registry.policies import EVERY_DEVICE, Policies
from kiosk.registry.tables import outgoing
from tests.kiosk.registry.outbox_files import content_of, write
from tests.kiosk.registry.workbench import BORN, CPFS, DEVICE, START, Workbench

OLD, NEW = "velha@exemplo.br", "nova@exemplo.br"


def left(registry: Workbench) -> list[tuple[str, str]]:
    return [(row["what"], row["address"]) for row in registry.rows(outgoing)]


def contents(registry: Workbench) -> list[dict[str, Any]]:
    return [json.loads(row["content"]) for row in registry.rows(outgoing)]


@pytest.mark.parametrize(
    ("kind", "origin", "what"),
    [
        ("register", "none", "registered"),
        ("register", "portal", "registered"),
        ("reset", "app_2024", "password_reset"),
    ],
)
def test_a_new_password_is_told_to_the_registered_address(
    registry: Workbench, kind: str, origin: str, what: str
) -> None:
    registry.enrol(DEVICE)
    registry.add_person(email=OLD, origin=origin, social_name="Joana")
    message = registry.message(kind)
    registry.push(message, acted_now=True)
    (row,) = registry.rows(outgoing)
    assert (row["what"], row["address"], row["person_id"]) == (what, OLD, "P1")
    assert (row["at"], row["expires_at"]) == (START, START + KEPT_MS)
    (content,) = contents(registry)
    assert content["person"] == "Joana"
    assert content["receipt"] == message.receipt
    assert content["device_name"]
    assert content["site"]
    assert "late" not in content


def test_what_was_not_made_now_is_told_as_late(registry: Workbench) -> None:
    registry.add_person(email=OLD)
    registry.push(registry.message())
    assert contents(registry)[0]["late"] is True


def test_who_has_no_address_is_not_looked_after(registry: Workbench) -> None:
    registry.add_person()
    registry.push(registry.message())
    assert left(registry) == []


def test_another_email_is_told_to_the_old_address_and_the_new_one(registry: Workbench) -> None:
    registry.add_person(email=OLD)
    registry.push(registry.message("set_email", registry.email(NEW)))
    assert left(registry) == [("email_changed", OLD), ("email_set", NEW)]
    to_old, to_new = contents(registry)
    assert to_old["person"] == "Joana d'Ávila"
    # The new one may be mistyped, and a stranger's.
    assert "person" not in to_new
    assert "receipt" not in to_new
    assert NEW not in json.dumps(to_old)


def test_the_first_email_is_told_to_itself(registry: Workbench) -> None:
    registry.add_person()
    registry.push(registry.message("set_email", registry.email(NEW)))
    assert left(registry) == [("email_set", NEW)]


def test_the_same_address_in_other_letters_is_told_once(registry: Workbench) -> None:
    registry.add_person(email=OLD)
    registry.push(registry.message("set_email", registry.email(OLD.upper())))
    assert left(registry) == [("email_kept", OLD)]


def test_within_a_batch_each_is_told_where_it_is_registered_by_then(registry: Workbench) -> None:
    registry.add_person(email=OLD, origin="app_2024")
    registry.push(
        registry.message("reset"),
        registry.message("set_email", registry.email(NEW)),
    )
    # The reset came first, so the other change has to wait 72 h.
    assert left(registry) == [("password_reset", OLD)]


def test_an_email_and_then_a_password(registry: Workbench) -> None:
    registry.add_person(email=OLD, origin="app_2024")
    registry.push(
        registry.message("set_email", registry.email(NEW)),
        registry.message("reset"),
    )
    assert left(registry) == [
        ("email_changed", OLD),
        ("email_set", NEW),
        ("password_reset", NEW),
    ]


def test_the_same_again_and_a_second_one_for_the_same_wish_are_told_once(
    registry: Workbench,
) -> None:
    registry.add_person(email=OLD)
    message = registry.message()
    again = registry.message("register", replaces=message.id)
    for one in (message, message, again):
        assert registry.push(one)[0].outcome == "accepted"
    assert len(left(registry)) == 1


def test_a_queue_in_a_file_is_told_once_however_often_it_comes(
    registry: Workbench, tmp_path: Path
) -> None:
    registry.add_person(email=OLD)
    message = registry.message()
    file = write(tmp_path / "fila.kiosk", content_of([message]))
    for _ in range(2):
        import_outbox(
            registry.engine, file, registry.operations, registry.clock, lambda receipt, part: None
        )
    registry.push(message)
    assert left(registry) == [("registered", OLD)]


def test_what_is_refused_is_told_to_nobody(registry: Workbench) -> None:
    registry.add_person(email=OLD, origin="app_2024")
    registry.push(registry.message("register"))
    registry.push(registry.message("reset", registry.credential(cpf=CPFS[1])))
    assert left(registry) == []


def test_a_batch_that_comes_to_nothing_leaves_no_mail(registry: Workbench) -> None:
    registry.add_person(email=OLD)
    first = registry.message()
    with pytest.raises(NotUnderstood):
        registry.push(first, registry.message(receipt=first.receipt))
    assert left(registry) == []


def test_the_device_is_asked_for_once_a_batch_and_only_for_a_mail(registry: Workbench) -> None:
    asked: list[str] = []

    def note(connection: Any, _record: object) -> None:
        connection.set_trace_callback(lambda said: asked.append(said) if "site" in said else None)

    registry.engine.dispose()
    event.listen(registry.engine, "connect", note)
    for number in (1, 2, 3):
        registry.add_person(number, email=f"{number}@exemplo.br" if number > 1 else None)
    registry.push(registry.message())
    assert asked == []
    registry.push(*(registry.message(body=registry.credential(number)) for number in (2, 3)))
    assert len(asked) == 1
    assert len(left(registry)) == 2


def test_a_code_says_where_it_was_asked_for(registry: Workbench) -> None:
    made = Workbench(registry.engine, policies=Policies({EVERY_DEVICE: Gate.EMAIL_CODE}))
    made.enrol(DEVICE)
    made.add_person(origin="app_2024", email=OLD)
    codes = EmailCodes(made.engine, made.keys, made.times, made.policies, made.clock)
    claim = Claim(Identifier(IdentifierKind.CARD, "000000000001"), CPFS[0], BORN)
    codes.request(DEVICE, OperationKind.RESET, claim)
    (content,) = contents(made)
    assert content["person"] == "Joana d'Ávila"
    assert content["device_name"]
    assert content["site"]
    (row,) = made.rows(outgoing)
    assert row["expires_at"] == row["at"] + 10 * 60_000
