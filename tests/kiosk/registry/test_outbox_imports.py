from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.complaints import Complaint
from kiosk.domain.receipts import ReceiptNumber
from kiosk.registry import outbox_imports
from kiosk.registry.claims import NotUnderstood
from kiosk.registry.outbox_imports import OutboxImportReport, import_outbox
from kiosk.registry.outbox_reports import not_understood_line, report_lines
from kiosk.registry.tables import audit, changes, operations, people
from kiosk.wire.messages import OperationMessage, PushRequest, PushResponse, encode
from tests.kiosk.registry.outbox_files import content_of, sealed, write
from tests.kiosk.registry.workbench import DAY_MS, DEVICE, OTHER_DEVICE, Workbench, altered, fill_up


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "fila.kiosk"


@pytest.fixture
def odd() -> list[tuple[str, str]]:
    return []


Take = Callable[[Path], OutboxImportReport]


@pytest.fixture
def take(registry: Workbench, odd: list[tuple[str, str]]) -> Take:
    def run(path: Path) -> OutboxImportReport:
        return import_outbox(
            registry.engine,
            path,
            registry.operations,
            registry.clock,
            lambda receipt, part: odd.append((receipt, part)),
        )

    return run


def everything(registry: Workbench) -> list[list[dict[str, Any]]]:
    return [registry.rows(table) for table in (people, operations, changes)]


def test_importing_is_delivering(registry: Workbench, take: Take, file: Path) -> None:
    registry.add_person(1)
    registry.add_person(2, origin="app_2024")
    messages = [
        registry.message(),
        registry.message(body=registry.credential(2)),
        registry.message(body=registry.credential(1, identifier="999999999999")),
        registry.message("reset", body=registry.credential(2), seen="nobody gave this"),
    ]
    report = take(write(file, content_of(messages)))
    assert report.device == DEVICE
    assert report.decided == Counter(accepted=1, rejected=2, quarantined=1)
    assert report.reasons == Counter(
        {
            ("rejected", "already_registered"): 1,
            ("rejected", "identity_mismatch"): 1,
            ("quarantined", "unknown_cursor"): 1,
        }
    )
    assert (report.known, report.not_understood, report.count) == (0, 0, 4)
    assert registry.account("P1").person.origin == "app_2024"
    assert [row["device"] for row in registry.rows(operations)] == [DEVICE] * 4
    assert registry.rows(audit)[-1]["what"] == "outbox_imported"


def test_imported_twice_everything_is_known(registry: Workbench, take: Take, file: Path) -> None:
    registry.add_person()
    write(file, content_of([registry.message(), registry.message("reset")]))
    assert take(file).known == 0
    before = everything(registry)
    report = take(file)
    assert (report.known, report.decided.total()) == (2, 0)
    assert everything(registry) == before


def test_what_is_pushed_afterwards_is_a_duplicate(
    registry: Workbench, take: Take, file: Path
) -> None:
    registry.add_person()
    message = registry.message()
    take(write(file, content_of([message])))
    before = everything(registry)
    (answer,) = registry.push(message)
    assert (answer.outcome, answer.duplicate) == ("accepted", True)
    assert everything(registry) == before


def test_a_later_file_after_pushes_brings_only_what_is_new(
    registry: Workbench, take: Take, file: Path
) -> None:
    registry.add_person(1)
    registry.add_person(2)
    first, second = registry.message(), registry.message(body=registry.credential(2))
    third = registry.message("reset")
    take(write(file, content_of([first, second])))
    registry.push(first)
    report = take(write(file, content_of([second, third])))
    assert (report.known, report.decided) == (1, Counter(accepted=1))
    told = [row["what"] for row in registry.rows(changes)]
    assert told.count("credential") == 3


def test_one_sent_again_has_the_effect_of_the_first_alone(
    registry: Workbench, take: Take, file: Path
) -> None:
    registry.add_person()
    parked = registry.message()
    again = registry.message(replaces=parked.id, sequence=parked.sequence)
    take(write(file, content_of([parked])))
    registry.push(again)
    take(write(file, content_of([again])))
    assert [row["what"] for row in registry.rows(changes)].count("credential") == 1


def test_what_was_made_long_ago_is_quarantined_as_on_the_line(
    registry: Workbench, take: Take, file: Path
) -> None:
    registry.add_person(origin="app_2024")
    old = registry.message("reset", seen=registry.pull().cursor)
    registry.clock.now += 31 * DAY_MS
    report = take(write(file, content_of([old])))
    assert report.reasons == Counter({("quarantined", "stale"): 1})


def test_nothing_counts_as_made_now(registry: Workbench, take: Take, file: Path) -> None:
    registry.add_person(origin="app_2024")
    seen = registry.pull().cursor
    elsewhere = registry.message("reset", device=OTHER_DEVICE)
    registry.push(elsewhere, device=OTHER_DEVICE, acted_now=True)
    report = take(write(file, content_of([registry.message("reset", seen=seen)])))
    assert report.reasons == Counter({("rejected", "superseded"): 1})


def test_the_queue_of_another_device_is_taken_for_what_it_is(
    registry: Workbench, take: Take, file: Path
) -> None:
    registry.add_person()
    mine = registry.message()
    registry.push(mine)
    theirs = registry.message(device=OTHER_DEVICE)
    report = take(write(file, content_of([theirs], OTHER_DEVICE)))
    assert report.reasons == Counter({("rejected", "already_registered"): 1})
    stored = {row["receipt"]: row["device"] for row in registry.rows(operations)}
    assert stored == {mine.receipt: DEVICE, theirs.receipt: OTHER_DEVICE}


def test_a_file_longer_than_a_batch_holds_back_nobody(
    registry: Workbench, take: Take, file: Path, odd: list[tuple[str, str]]
) -> None:
    registry.add_person(origin="app_2024")
    address = registry.email("joana@exemplo.br")
    messages = [registry.message("set_email", body=address) for _ in range(250)]
    poison: dict[int, dict[str, Any]] = {
        3: {"kind": "dance"},
        99: {"body": b"{}"},
        100: {"id": "?"},
        249: {"sequence": -1},
    }
    for place, change in poison.items():
        messages[place] = altered(messages[place], **change)
    report = take(write(file, content_of(messages)))
    assert report.not_understood == 4
    assert report.decided == Counter(accepted=246)
    parts = ("kind", "body", "id", "sequence")
    assert odd == [
        (messages[place].receipt, part) for place, part in zip(poison, parts, strict=True)
    ]


def test_a_receipt_that_was_used_before_holds_back_nobody(
    registry: Workbench, take: Take, file: Path, odd: list[tuple[str, str]]
) -> None:
    registry.add_person(1)
    registry.add_person(2)
    one = registry.message()
    other = registry.message(body=registry.credential(2), receipt=one.receipt)
    report = take(write(file, content_of([one, other])))
    assert (report.decided, report.not_understood) == (Counter(accepted=1), 1)
    assert odd == [(one.receipt, "receipt used before")]


def spoilt(registry: Workbench) -> dict[str, bytes]:
    messages = [registry.message(), registry.message("reset")]
    whole = content_of(messages)
    lines = whole.splitlines(keepends=True)
    other = registry.message(device=OTHER_DEVICE)
    mixed = content_of([messages[0], other])
    by_hand = lines[0].replace(DEVICE.encode(), OTHER_DEVICE.encode())
    unsound = altered(messages[1], receipt=messages[1].receipt[:-1] + "!")
    return {
        "empty": b"",
        "a roster": b"person_id;card\nP1;2\n",
        "binary": b"\xff\xfe\x00" * 99,
        "another format": b'{"format":"parquet","version":1}\n',
        "deep": b"[" * 5000,
        "newer": whole.replace(b'"version":1', b'"version":2', 1),
        "older": content_of(messages, version=0),
        "cut in the header": lines[0][:40],
        "cut after the header": lines[0],
        "cut in an operation": b"".join(lines[:2])[:-30],
        "cut after an operation": b"".join(lines[:3]),
        "cut in the trailer": whole[:-20],
        "without its last byte": whole[:-1],
        "a line too few": lines[0] + lines[2] + lines[3],
        "a line twice": b"".join((lines[0], lines[1], lines[1], *lines[2:])),
        "other order": b"".join((lines[0], lines[2], lines[1], lines[3])),
        "one byte": whole.replace(b'"register"', b'"registes"', 1),
        "header by hand": by_hand + b"".join(lines[1:]),
        "header by hand, sealed": content_of(messages, OTHER_DEVICE),
        "no device": content_of([], "nobody"),
        "count by hand": content_of(messages, count=3),
        "more behind": whole + lines[1],
        "two files in one": whole + whole,
        "mixed devices": mixed,
        "no receipt": content_of([messages[0], unsound]),
        "no operation": sealed([lines[0].strip(), b'{"id":1}'], 2),
        "line ends of Windows": whole.replace(b"\n", b"\r\n"),
        "endless line": lines[0] + b"0" * 3_000_000,
    }


WORDS = {
    "empty": "está vazio",
    "a roster": "não é uma fila exportada",
    "binary": "não é uma fila exportada",
    "another format": "não é uma fila exportada",
    "deep": "não é uma fila exportada",
    "newer": "versão mais nova",
    "older": "foi alterado ou danificado",
    "cut in the header": "está incompleto",
    "cut after the header": "está incompleto",
    "cut in an operation": "está incompleto",
    "cut after an operation": "está incompleto",
    "cut in the trailer": "está incompleto",
    "without its last byte": "está incompleto",
    "a line too few": "foi alterado ou danificado",
    "a line twice": "foi alterado ou danificado",
    "other order": "foi alterado ou danificado",
    "one byte": "foi alterado ou danificado",
    "header by hand": "pedidos de outro aparelho",
    "header by hand, sealed": "pedidos de outro aparelho",
    "no device": "foi alterado ou danificado",
    "count by hand": "foi alterado ou danificado",
    "more behind": "foi alterado ou danificado",
    "two files in one": "foi alterado ou danificado",
    "mixed devices": "pedidos de outro aparelho",
    "no receipt": "foi alterado ou danificado",
    "no operation": "foi alterado ou danificado",
    "line ends of Windows": "foi alterado ou danificado",
    "endless line": "foi alterado ou danificado",
}


@pytest.mark.parametrize("how", WORDS)
def test_a_file_that_is_not_whole_is_refused_and_nothing_applied(
    registry: Workbench, take: Take, file: Path, how: str
) -> None:
    registry.add_person()
    before = everything(registry)
    with pytest.raises(Complaint) as refused:
        take(write(file, spoilt(registry)[how]))
    assert WORDS[how] in str(refused.value)
    assert "nada foi importado" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert everything(registry) == before
    assert registry.rows(audit) == []


def test_every_way_to_spoil_a_file_has_its_word(registry: Workbench) -> None:
    assert set(spoilt(registry)) == set(WORDS)


def test_every_cut_is_found(registry: Workbench, take: Take, file: Path) -> None:
    registry.add_person()
    whole = content_of([registry.message()])
    for end in range(0, len(whole), 7):
        with pytest.raises(Complaint, match=r"incompleto|vazio"):
            take(write(file, whole[:end]))
    assert registry.rows(operations) == []


@pytest.mark.parametrize("what", ["missing", "folder"])
def test_what_cannot_be_read_is_told(take: Take, tmp_path: Path, what: str) -> None:
    if what == "folder":
        (tmp_path / what).mkdir()
    with pytest.raises(Complaint, match=r"não pôde ser lido|é uma pasta"):
        take(tmp_path / what)


def test_a_file_that_is_changed_while_it_is_imported_is_told(
    registry: Workbench, take: Take, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.add_person()
    content = content_of([registry.message()])
    write(file, content)
    check = outbox_imports._check

    def and_meddle(*args: Any) -> Any:
        checked = check(*args)
        file.write_bytes(content.replace(b'"made_at":1', b'"made_at":2'))
        return checked

    monkeypatch.setattr(outbox_imports, "_check", and_meddle)
    with pytest.raises(Complaint, match="parou depois de 1 de 1"):
        take(file)


def test_a_file_that_ends_halfway_can_be_imported_again(
    registry: Workbench, take: Take, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.add_person()
    messages = [registry.message(), *(registry.message("reset") for _ in range(150))]
    content = content_of(messages)
    write(file, content)
    real = registry.operations.take

    def pull_the_stick(request: PushRequest) -> PushResponse:
        file.write_bytes(content[: len(content) // 2])
        return real(request)

    monkeypatch.setattr(registry.operations, "take", pull_the_stick)
    with pytest.raises(Complaint, match="parou depois de 100 de 151"):
        take(file)
    monkeypatch.undo()
    report = take(write(file, content))
    assert (report.known, report.decided.total()) == (100, 51)


def test_a_database_that_fails_on_the_way_is_told(
    registry: Workbench, take: Take, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.add_person()
    write(file, content_of([registry.message(), registry.message("reset")]))
    with registry.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.rollback()
    with pytest.raises(Complaint, match="parou depois de 0 de 2"):
        take(file)


def test_a_disk_that_is_full_on_the_way_is_told(
    registry: Workbench, take: Take, file: Path
) -> None:
    registry.add_person()
    write(file, content_of([registry.message("reset") for _ in range(100)]))
    fill_up(registry)
    with pytest.raises(Complaint, match="parou depois de 0 de 100"):
        take(file)


def test_the_counts_are_told_by_reason() -> None:
    report = OutboxImportReport(
        DEVICE,
        Counter(accepted=5, rejected=3, quarantined=1),
        Counter(
            {
                ("rejected", "identity_mismatch"): 2,
                ("rejected", "superseded"): 1,
                ("quarantined", "stale"): 1,
            }
        ),
        known=4,
        not_understood=1,
    )
    assert report_lines(report) == [
        f"Pedidos do aparelho {DEVICE}: 14",
        "Aceitos: 5",
        "Recusados: 3",
        "  os dados não conferem com o cadastro: 2",
        "  a senha foi trocada depois: 1",
        "Em quarentena, à espera de um supervisor: 1",
        "  feito sem notícia do cadastro há mais de 30 dias: 1",
        "Já conhecidos (nada mudou): 4",
        "Não entendidos: 1",
    ]


def test_what_was_not_understood_is_told_by_its_receipt() -> None:
    receipt = str(ReceiptNumber(DEVICE, 7))
    assert not_understood_line(receipt, "kind") == f"Não entendido: {receipt} (o tipo do pedido)"
    assert "later" in not_understood_line(receipt, "later")


def test_no_more_than_a_batch_is_held_at_once(
    registry: Workbench, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = registry.message()
    write(file, content_of([message] * 1050))
    longest = 0

    def refuse(request: PushRequest) -> PushResponse:
        nonlocal longest
        longest = max(longest, len(request.deliveries))
        raise NotUnderstood(0, "kind")

    monkeypatch.setattr(registry.operations, "take", refuse)
    report = import_outbox(
        registry.engine, file, registry.operations, registry.clock, lambda _receipt, _part: None
    )
    assert (report.not_understood, longest) == (1050, 100)


def test_the_format_is_what_a_push_sends(registry: Workbench) -> None:
    message = registry.message()
    (line,) = content_of([message]).splitlines()[1:-1]
    assert line == encode(message)
    assert isinstance(message, OperationMessage)
