"""The steps by which a technician makes a new machine a device."""

from collections.abc import Iterator

from kiosk.domain import enrolment_tickets
from ui.tour.journeys import Step
from ui.tour.stages import Stage, StageError

_WRONG_CODE = "0000-0000-0000-0000-0000-0000-0001"


def first_run_steps(face: str) -> Iterator[Step]:
    """Return the steps of the first run of a machine, the last ones of a tour.

    Args:
        face: The one that the registry gives it.
    """

    def begin(stage: Stage) -> None:
        if stage.registry.pid is None:
            stage.start_registry()
        stage.open_new_machine()
        stage.wait_for_screen("firstRunScreen")
        stage.expect("Inscrever esta máquina", "Endereço do cadastro central", "não está inscrita")

    def mistype(stage: Stage) -> None:
        stage.fill("firstRunAddress", "http://cadastro.exemplo")
        stage.fill("firstRunCode", _WRONG_CODE.replace("-", "").lower())
        stage.press("firstRunSubmit")
        stage.expect("Comece com https://", "O código não confere")

    def find_nobody(stage: Stage) -> None:
        scan(stage, "http://127.0.0.1:9")
        stage.press("firstRunSubmit")
        stage.wait_until(lambda: "não há cadastro" in stage.visible_text(), "the refusal")

    def scan(stage: Stage, address: str) -> None:
        ticket = stage.registry.new_ticket(stage.address, "Máquina nova", "Sede", face)
        read = enrolment_tickets.read(ticket)
        if read is None:
            raise StageError("the QR code cannot be read")
        stage.fill("firstRunCode", "")
        said = enrolment_tickets.written(enrolment_tickets.Ticket(read.code, address))
        stage.scan("firstRunAddress", said)
        if stage.text_of("firstRunAddress") != address:
            raise StageError("the QR code did not fill the address")

    def look(stage: Stage) -> None:
        scan(stage, stage.address)
        stage.press("firstRunSubmit")
        stage.wait_for_screen("firstRunFoundScreen")
        stage.expect("Máquina nova (Sede)", "Quem guarda a chave")

    def choose_nobody(stage: Stage) -> None:
        stage.press("firstRunConfirm")
        stage.expect("Escolha quem guarda a chave")

    def enrol(stage: Stage) -> None:
        stage.press("firstRunFile")
        stage.press("firstRunConfirm")
        stage.wait_until(lambda: "Tudo certo" in stage.visible_text(), "the end of the checks")
        stage.expect("respondeu a um pedido assinado", "nada em claro")

    def finish(stage: Stage) -> None:
        stage.press("firstRunDone")
        if stage.enrolled_face != face:
            raise StageError("the machine has another face")
        stage.open_new_machine()
        stage.wait_for_screen("startScreen")
        stage.wait_until(lambda: stage.text_of("statusLine").startswith("Em linha"), "the line")

    yield Step("maquina-nova", "Máquina não inscrita: a tela do técnico", begin)
    yield Step("maquina-nova-enganos", "Endereço sem https e código digitado errado", mistype)
    yield Step("maquina-nova-sem-cadastro", "Onde não há cadastro, diz o que conferir", find_nobody)
    yield Step("maquina-nova-achada", "QR preenche os dois; o que foi achado", look)
    yield Step("maquina-nova-sem-escolha", "Sem escolha de custódia não segue", choose_nobody)
    yield Step("maquina-nova-conferida", "Inscrita, e tudo conferido", enrol)
    yield Step("maquina-nova-aberta", "Pronto abre o programa no rosto certo", finish)
