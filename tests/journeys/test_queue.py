"""The queue at the desk, with the real store and a real registry process."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.registry.demonstrations import Journey
from tests.device_stores import open_device_file
from tests.servers import ScriptedServer, response
from ui.tour.hands import (
    NEW_PASSWORD,
    enter,
    fill_registration,
    go_to,
    sample,
    submit,
    try_now,
)
from ui.tour.stages import Stage

FIRST = sample(Journey.REGISTER)
REGISTRY = "registry/registry.sqlite3"
DEVICE = "device/device.sqlite3"
NO_ANSWERS = response("200 OK", b'{"answers": []}', "content-type: application/json")


@pytest.fixture
def desk(new_stage: Callable[..., Stage]) -> Stage:
    """A desk in front of a running registry."""
    stage = new_stage(face="desk")
    stage.start_registry()
    stage.open_window()
    stage.wait_for_screen("startScreen")
    return stage


def rows(folder: Path, file: str, query: str) -> list[tuple[object, ...]]:
    with closing(open_device_file(folder / file)) as connection:
        return connection.execute(query).fetchall()


def register(stage: Stage, journey: Journey) -> str:
    go_to(stage, "startRegistration", "registrationScreen")
    fill_registration(stage, sample(journey), NEW_PASSWORD)
    submit(stage, "registrationSubmit")
    receipt = stage.text_of("outcomeReceipt")
    stage.press("outcomeDone")
    return receipt


def open_queue(stage: Stage) -> None:
    go_to(stage, "startQueue", "queueScreen")
    stage.wait_until(lambda: stage.text_of("queueReceipt") != "", "the queue")


def wait_for_staff(stage: Stage) -> None:
    """Wait until one has stopped, which it does by itself soon, wherever the screen is by then."""
    words = "1 precisa de um atendente"
    stage.wait_until(lambda: words in stage.text_of("statusLine"), f"“{words}”")


def open_stopped(stage: Stage, receipt: str) -> None:
    go_to(stage, "startQueue", "queueScreen")
    stage.press("queueTabStopped")
    until(stage, "queueReceipt", receipt)
    until(stage, "queueStoryTitle", "O cadastro central não respondeu a este pedido")


def until(stage: Stage, name: str, words: str) -> None:
    stage.wait_until(lambda: stage.text_of(name) == words, f"“{words}”")


def test_a_desk_without_line_shows_why_and_when_and_then_what_became_of_it(desk: Stage) -> None:
    desk.stop_registry()
    first = register(desk, Journey.REGISTER)
    second = register(desk, Journey.REGISTER_WITHOUT_CPF)
    open_queue(desk)
    until(desk, "queueStoryTitle", "Sem linha com o cadastro central")
    desk.expect("Aguardando · 2", "segue sozinho quando a linha voltar", "; a próxima ")
    assert desk.text_of("queueReceipt") == first
    desk.choose_row("queueList", second)
    assert desk.text_of("queueReceipt") == second
    assert desk.text_of("queueFact2") != FIRST.card_number

    desk.start_registry()
    try_now(desk)
    desk.wait_until(lambda: "Nada aguarda" in desk.visible_text(), "an empty queue")
    until(desk, "queueStoryTitle", "Aceito")
    assert desk.text_of("queueReceipt") == second

    desk.press("queueTabAnswered")
    until(desk, "queueReceipt", second)
    desk.choose_row("queueList", first)
    until(desk, "queueStoryTitle", "Aceito")
    assert desk.text_of("queueFact3") == "sem cadastro; plano ativo"
    desk.press("queueBack")
    enter(desk, FIRST.card_number, NEW_PASSWORD)


@pytest.mark.usefixtures("expected_stumbles")
def test_what_got_no_answer_is_sent_again_and_has_one_effect(desk: Stage, tmp_path: Path) -> None:
    desk.stop_registry()
    old = register(desk, Journey.REGISTER)
    port = int(desk.address.rpartition(":")[2])
    with ScriptedServer([NO_ANSWERS], port=port):
        wait_for_staff(desk)
    open_stopped(desk, old)
    desk.start_registry()
    desk.press("queueSendAgain")
    until(desk, "queueStoryTitle", "Aceito")
    new = desk.text_of("queueReceipt")
    assert new != old
    assert new in desk.text_of("queueNotice")
    assert rows(tmp_path, REGISTRY, "SELECT outcome FROM operations") == [("accepted",)]

    desk.fill("queueFind", old.lower().replace("-", " "))
    desk.press("queueFindSubmit")
    until(desk, "queueTrail", f"{old} foi enviado de novo como {new}")
    assert desk.text_of("queueFind") == old
    until(desk, "queueReceipt", new)
    desk.press("queueBack")
    enter(desk, FIRST.card_number, NEW_PASSWORD)


@pytest.mark.usefixtures("expected_stumbles")
def test_what_is_handed_over_and_withdrawn_keeps_its_reasons(desk: Stage, tmp_path: Path) -> None:
    desk.stop_registry()
    receipt = register(desk, Journey.REGISTER)
    port = int(desk.address.rpartition(":")[2])
    with ScriptedServer([NO_ANSWERS], port=port):
        wait_for_staff(desk)
    open_stopped(desk, receipt)
    desk.press("queueHandOver")
    desk.press("queueReasonSubmit")
    until(desk, "queueReasonMessage", "Escreva o motivo em poucas palavras.")
    desk.paste("queueReason", "x" * 201)
    desk.press("queueReasonSubmit")
    until(desk, "queueReasonMessage", "O motivo é longo demais. Use até 200 caracteres.")
    desk.paste("queueReason", "<b>Volta</b> na quinta 🙂 \u202eoicóles")
    desk.press("queueReasonSubmit")
    until(desk, "queueStoryTitle", "Com o supervisor")
    assert desk.text_of("queueFact5") == "<b>Volta</b> na quinta 🙂 \u202eoicóles"
    desk.press("queueWithdraw")
    desk.fill("queueReason", "Desistiu.")
    desk.press("queueReasonSubmit")
    until(desk, "queueStoryTitle", "Retirado da fila")
    desk.expect("Desistiu.", "Nada precisa de atendente")
    kept = rows(tmp_path, DEVICE, "SELECT outcome, note FROM receipts")
    assert kept == [("withdrawn", "Desistiu.")]
    assert rows(tmp_path, DEVICE, "SELECT count(*) FROM outbox") == [(0,)]
    desk.start_registry()
    desk.press("queueTabAnswered")
    until(desk, "queueReceipt", receipt)
    assert rows(tmp_path, REGISTRY, "SELECT count(*) FROM operations") == [(0,)]


def test_a_kiosk_shows_nothing_of_the_queue(new_stage: Callable[..., Stage]) -> None:
    stage = new_stage()
    stage.start_registry()
    stage.open_window()
    stage.wait_for_screen("startScreen")
    stage.wait_until(lambda: "Em linha" in stage.visible_text(), "the line")
    assert "Fila de envio" not in stage.visible_text()
    register(stage, Journey.REGISTER)
    assert "Fila de envio" not in stage.visible_text()
