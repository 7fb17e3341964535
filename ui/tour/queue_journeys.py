"""The steps of the tour that only the desk has: the queue, and what is done about it."""

from collections.abc import Iterator

from kiosk.registry.demonstrations import Journey
from ui.screens.queue import QueueScreen
from ui.tour.hands import (
    OTHER_PASSWORD,
    fill_registration,
    fill_reset,
    go_to,
    sample,
    submit,
    try_now,
)
from ui.tour.journeys import Step
from ui.tour.stages import Stage, StageError


def queue_steps() -> Iterator[Step]:
    """Return the steps, which begin where those of both faces end."""
    already = sample(Journey.SIGN_IN)
    resets = sample(Journey.RESET)
    kept: dict[str, str] = {}

    def waiting(stage: Stage) -> None:
        stage.press("privacyBack")
        stage.press("helpBack")
        stage.wait_for_screen("startScreen")
        stage.stop_registry()
        go_to(stage, "startRegistration", "registrationScreen")
        fill_registration(stage, already, OTHER_PASSWORD)
        submit(stage, "registrationSubmit")
        kept["refused"] = stage.text_of("outcomeReceipt")
        stage.press("outcomeDone")
        go_to(stage, "startReset", "resetScreen")
        fill_reset(stage, resets, resets.card_number, OTHER_PASSWORD)
        submit(stage, "resetSubmit")
        kept["accepted"] = stage.text_of("outcomeReceipt")
        stage.press("outcomeDone")
        stage.close_window()
        stage.let_days_pass(kept["refused"], 3)
        stage.open_window()
        open_queue(stage)
        stage.expect("Aguardando · 2")
        try_now(stage)
        stage.wait_until(lambda: "Tentando" in stage.text_of("queueNotice"), "the notice")
        until(stage, "queueStoryTitle", "Sem linha com o cadastro central")
        stage.expect("Aguardando · 2", "Tentar agora", "Precisam de atendente · 0")
        said = [row.when for row in stage.find("queueScreen", QueueScreen).list.rows]
        if said[0] != "há 3 dias":
            raise StageError("the age of what waits is not told")

    def open_queue(stage: Stage) -> None:
        go_to(stage, "startQueue", "queueScreen")
        stage.wait_until(lambda: stage.text_of("queueReceipt") != "", "the queue")

    def until(stage: Stage, name: str, words: str) -> None:
        stage.wait_until(lambda: stage.text_of(name) == words, f"“{words}”")

    def stopped(stage: Stage) -> None:
        stage.start_odd_registry()
        try_now(stage)
        until(stage, "queueStoryTitle", "O cadastro central não respondeu a este pedido")
        stage.wait_until(
            lambda: "Precisam de atendente · 2" in stage.visible_text(), "both of them"
        )
        stage.press("queueTabStopped")
        until(stage, "queueReceipt", kept["refused"])
        stage.expect("Enviar de novo", "Passar ao supervisor", "Retirar da fila")

    def reason(stage: Stage) -> None:
        stage.press("queueWithdraw")
        stage.expect("não será atendido", "Voltar sem retirar", "Cadastro · ***")
        stage.press("queueReasonSubmit")
        stage.wait_until(lambda: "Escreva o motivo" in stage.visible_text(), "the message")

    def handed(stage: Stage) -> None:
        stage.press("queueReasonCancel")
        stage.choose_row("queueList", kept["accepted"])
        stage.press("queueHandOver")
        stage.fill("queueReason", "A pessoa volta na quinta, depois das 14h.")
        stage.press("queueReasonSubmit")
        until(stage, "queueStoryTitle", "Com o supervisor")
        stage.expect(
            "Você não precisa fazer mais nada", "Supervisor: retirar", "A pessoa volta na quinta"
        )

    def sent_again(stage: Stage) -> None:
        stage.start_registry()
        for name in ("accepted", "refused"):
            stage.choose_row("queueList", kept[name])
            stage.press("queueSendAgain")
            stage.wait_until(
                lambda: "Resposta: " in stage.text_of("queueNotice"), "the answer in the notice"
            )
        stage.expect("Enviado de novo como", "Resposta: Recusado", "Aguardando · 0")

    def told(stage: Stage) -> None:
        stage.press("queueTabAnswered")
        stage.fill("queueFind", kept["refused"].lower().replace("-", " "))
        stage.press("queueFindSubmit")
        stage.wait_until(
            lambda: stage.text_of("queueTrail").startswith(f"{kept['refused']} foi enviado"),
            "what it was sent again as",
        )
        until(stage, "queueStoryTitle", "Recusado")
        stage.expect("Esqueci minha senha", "cadastro PAS/SERPRO (2024); plano ativo")

    def empty(stage: Stage) -> None:
        stage.press("queueTabWaiting")
        stage.wait_until(lambda: "Nada aguarda" in stage.visible_text(), "an empty list")

    def back(stage: Stage) -> None:
        stage.press("queueBack")
        stage.wait_for_screen("startScreen")

    yield Step("fila-sem-linha", "Fila de envio sem linha: causa e próxima tentativa", waiting)
    yield Step("fila-parados", "Pedidos parados, com o que dá para fazer", stopped)
    yield Step("fila-motivo", "Retirar da fila: o que acontece, e o motivo", reason)
    yield Step("fila-supervisor", "Passado ao supervisor, com a anotação", handed)
    yield Step("fila-enviado-de-novo", "Enviado de novo: recibo novo, e a resposta", sent_again)
    yield Step("fila-respondidos", "Respondidos: o que havia e por que foi recusado", told)
    yield Step("fila-vazia", "Nada aguarda", empty)
    yield Step("fila-fechada", "Voltar leva ao início", back)
