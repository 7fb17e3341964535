"""The steps of the tour: what a person does, and what must be on the screen afterwards."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtWidgets import QLineEdit

from kiosk.domain import cpfs, receipts
from kiosk.registry.demonstrations import Journey
from ui.tour.hands import (
    COMMON_PASSWORD,
    FAIR_PASSWORD,
    NEW_PASSWORD,
    OTHER_PASSWORD,
    enter,
    fill_registration,
    fill_reset,
    go_to,
    is_online,
    leave,
    sample,
    see,
    see_strength,
    sign_in,
    submit,
)
from ui.tour.stages import Stage, StageError


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        name: Of the picture's file, in words with dashes.
        does: What is done and seen, in pt-BR.
        act: Does it, and raises StageError where the screen does not say what it should.
    """

    name: str
    does: str
    act: Callable[[Stage], None]


def all_steps() -> Iterator[Step]:
    """Return every step of the tour, in order."""
    yield from _registration()
    yield from _without_cpf()
    yield from _portal()
    yield from _legacy()
    yield from _resetting()
    yield from _registered_already()
    yield from _mistakes()
    yield from _offline()
    yield from _help()


def _registration() -> Iterator[Step]:
    who = sample(Journey.REGISTER)

    def begin(stage: Stage) -> None:
        stage.wait_for_screen("startScreen")
        stage.wait_until(lambda: is_online(stage), "the line")
        stage.expect("Cadastro", "Login", "Esqueci minha senha", "Preciso de ajuda")

    def fill(stage: Stage) -> None:
        go_to(stage, "startRegistration", "registrationScreen")
        fill_registration(stage, who, NEW_PASSWORD)
        if stage.text_of("registrationCpf") != cpfs.format_partial(who.cpf or ""):
            raise StageError("the CPF is not formatted")
        see_strength(stage, "registration", "Senha forte")

    def send(stage: Stage) -> None:
        submit(stage, "registrationSubmit")
        stage.expect("cadastro concluído")
        if receipts.parse(stage.text_of("outcomeReceipt")) is None:
            raise StageError("there is no receipt")

    def by(identifier: str) -> Callable[[Stage], None]:
        def act(stage: Stage) -> None:
            if stage.shown() == "outcomeScreen":
                stage.press("outcomeDone")
            if stage.shown() == "accountScreen":
                leave(stage)
            enter(stage, identifier, NEW_PASSWORD)
            stage.expect(who.full_name)

        return act

    yield Step("inicio", "A tela inicial, em linha", begin)
    yield Step("cadastro-preenchido", "Cadastro preenchido; CPF e data formatados", fill)
    yield Step("cadastro-feito", "Cadastro aceito, com recibo", send)
    yield Step("minha-conta-pelo-cartao", "Login pelo cartão abre Minha conta", by(who.card_number))
    yield Step("minha-conta-pelo-cpf", "Login pelo CPF", by(cpfs.format_partial(who.cpf or "")))
    yield Step("minha-conta-pelo-email", "Login pelo e-mail", by((who.email or "").upper()))
    yield Step("encerrada", "Encerrar volta ao início", leave)


def _without_cpf() -> Iterator[Step]:
    who = sample(Journey.REGISTER_WITHOUT_CPF)

    def fill(stage: Stage) -> None:
        go_to(stage, "startRegistration", "registrationScreen")
        fill_registration(stage, who, NEW_PASSWORD)

    def send(stage: Stage) -> None:
        submit(stage, "registrationSubmit")
        stage.press("outcomeDone")
        enter(stage, who.card_number, NEW_PASSWORD)
        stage.expect(who.full_name)

    yield Step("cadastro-sem-cpf", "Cadastro com “Não possui CPF”", fill)
    yield Step("minha-conta-sem-cpf", "Login da pessoa sem CPF pelo cartão", send)
    yield Step("encerrada-sem-cpf", "Encerrar", leave)


def _portal() -> Iterator[Step]:
    who = sample(Journey.PORTAL)
    cpf = cpfs.format_partial(who.cpf or "")

    def by_card(stage: Stage) -> None:
        enter(stage, who.card_number, who.password or "")
        stage.expect(who.full_name)

    def wrong(stage: Stage) -> None:
        leave(stage)
        go_to(stage, "startSignIn", "signInScreen")
        sign_in(stage, cpf, "não é esta a senha")
        stage.wait_until(lambda: "não conferem" in stage.visible_text(), "the generic answer")
        stage.expect("espere alguns minutos", "0800 888 9504")

    def pointed(stage: Stage) -> None:
        sign_in(stage, cpf, who.password or "")
        stage.wait_for_screen("resetScreen")
        stage.expect("senha do Portal está certa")
        stage.wait_until(lambda: stage.text_of("resetCpf") == cpf, "the CPF carried over")

    def reset(stage: Stage) -> None:
        fill_reset(stage, who, who.email or "", NEW_PASSWORD)
        submit(stage, "resetSubmit")
        stage.press("outcomeDone")
        enter(stage, cpf, NEW_PASSWORD)
        stage.expect(who.full_name)

    yield Step("portal-pelo-cartao", "Conta do Portal entra pelo cartão", by_card)
    yield Step("portal-senha-errada", "Por CPF com senha errada: resposta única", wrong)
    yield Step("portal-levada-a-redefinir", "Por CPF com a certa: vai à redefinição", pointed)
    yield Step("portal-depois-da-redefinicao", "Depois da redefinição entra por CPF", reset)


def _legacy() -> Iterator[Step]:
    who = sample(Journey.LEGACY)

    def wrong(stage: Stage) -> None:
        leave(stage)
        go_to(stage, "startSignIn", "signInScreen")
        sign_in(stage, who.card_number, "não é esta a senha")
        stage.wait_until(lambda: "não conferem" in stage.visible_text(), "the generic answer")

    def pointed(stage: Stage) -> None:
        sign_in(stage, who.card_number, who.password or "")
        stage.wait_for_screen("registrationScreen")
        stage.expect("aplicativo antigo")
        card = stage.text_of("registrationCard")
        stage.wait_until(lambda: card == who.card_number, "the card carried over")

    def register(stage: Stage) -> None:
        fill_registration(stage, who, NEW_PASSWORD)
        submit(stage, "registrationSubmit")
        stage.press("outcomeDone")
        enter(stage, who.cpf or "", NEW_PASSWORD)

    yield Step("antiga-senha-errada", "Conta antiga, senha errada: resposta única", wrong)
    yield Step("antiga-levada-ao-cadastro", "Conta antiga, senha certa: vai ao Cadastro", pointed)
    yield Step("antiga-depois-do-cadastro", "Depois do Cadastro entra por CPF", register)


def _resetting() -> Iterator[Step]:
    who = sample(Journey.RESET)

    def fill(stage: Stage) -> None:
        leave(stage)
        go_to(stage, "startReset", "resetScreen")
        fill_reset(stage, who, who.card_number, OTHER_PASSWORD)
        see_strength(stage, "reset", "Senha forte")

    def send(stage: Stage) -> None:
        submit(stage, "resetSubmit")

    def enter_by_cpf(stage: Stage) -> None:
        stage.press("outcomeDone")
        enter(stage, who.cpf or "", OTHER_PASSWORD)
        stage.expect(who.full_name)

    yield Step("redefinicao-preenchida", "Esqueci minha senha, com o cartão", fill)
    yield Step("redefinicao-feita", "Senha redefinida, com recibo", send)
    yield Step("redefinicao-login", "Login por CPF com a senha nova", enter_by_cpf)


def _registered_already() -> Iterator[Step]:
    registered = sample(Journey.SIGN_IN)
    portal = sample(Journey.PORTAL_AND_REGISTER)
    cancelled = sample(Journey.CANCELLED)

    def already(stage: Stage) -> None:
        leave(stage)
        go_to(stage, "startRegistration", "registrationScreen")
        fill_registration(stage, registered, NEW_PASSWORD)
        submit(stage, "registrationSubmit")
        stage.expect("já tem cadastro")

    def carried(stage: Stage) -> None:
        stage.press("outcomeNext")
        stage.wait_for_screen("signInScreen")
        typed = stage.text_of("signInIdentifier")
        stage.wait_until(lambda: typed == registered.card_number, "the card carried over")

    def portal_registers(stage: Stage) -> None:
        stage.press("signInBack")
        go_to(stage, "startRegistration", "registrationScreen")
        fill_registration(stage, portal, NEW_PASSWORD)
        submit(stage, "registrationSubmit")
        stage.press("outcomeDone")
        enter(stage, portal.email or "", NEW_PASSWORD)
        stage.expect(portal.full_name)

    def told_why(stage: Stage) -> None:
        leave(stage)
        go_to(stage, "startSignIn", "signInScreen")
        sign_in(stage, cancelled.card_number, cancelled.password or "")
        stage.wait_for_screen("outcomeScreen")
        stage.expect("não está mais ativo")

    yield Step("ja-tem-cadastro", "Quem já tem cadastro é levado ao Login", already)
    yield Step("ja-tem-cadastro-login", "O cartão já está no Login", carried)
    yield Step(
        "portal-pelo-cadastro", "Conta do Portal pelo Cadastro; entra por e-mail", portal_registers
    )
    yield Step("cancelado", "Plano cancelado: dito depois da senha certa", told_why)


def _mistakes() -> Iterator[Step]:
    def empty(stage: Stage) -> None:
        stage.press("outcomeDone")
        go_to(stage, "startRegistration", "registrationScreen")
        stage.press("registrationSubmit")
        if not stage.find("registrationCard", QLineEdit).hasFocus():
            raise StageError("the first field in error has no focus")

    def fair(stage: Stage) -> None:
        fill_registration(stage, sample(Journey.REGISTER), FAIR_PASSWORD)
        see_strength(stage, "registration", "Senha razoável")

    def common(stage: Stage) -> None:
        stage.fill("registrationPassword", COMMON_PASSWORD)
        stage.fill("registrationConfirmation", COMMON_PASSWORD)
        stage.press("registrationSubmit")
        stage.expect("Muita gente usa esta senha")

    def wrong(stage: Stage) -> None:
        stage.fill("registrationCard", "12")
        stage.fill("registrationCpf", "52998224724")
        stage.fill("registrationBirthDate", "31021950")
        stage.fill("registrationPassword", "saudeserpro")
        stage.fill("registrationConfirmation", "outra coisa")
        stage.press("registrationSubmit")
        stage.expect("esta data não existe")

    def mismatch(stage: Stage) -> None:
        who = sample(Journey.SOCIAL_NAME)
        fill_registration(stage, who, NEW_PASSWORD)
        stage.fill("registrationBirthDate", "01011990")
        submit(stage, "registrationSubmit")
        stage.expect("não conferem", "0800 888 9504")

    yield Step("campos-vazios", "Cadastro vazio: mensagem em cada campo", empty)
    yield Step("senha-razoavel", "Senha que se aceita, com um conselho", fair)
    yield Step("senha-comum", "Senha comum: recusada, com o motivo", common)
    yield Step("campos-errados", "Dados errados: cada mensagem no seu campo", wrong)
    yield Step("dados-nao-conferem", "Dados que não são da mesma pessoa: resposta única", mismatch)


def _offline() -> Iterator[Step]:
    who = sample(Journey.PORTAL_RESET)
    refused = sample(Journey.SOCIAL_NAME)
    kept: dict[str, str] = {}

    def registers(stage: Stage) -> None:
        stage.press("outcomeDone")
        stage.wait_for_screen("startScreen")
        stage.stop_registry()
        go_to(stage, "startRegistration", "registrationScreen")
        fill_registration(stage, who, OTHER_PASSWORD)
        submit(stage, "registrationSubmit")
        stage.expect("recebido, aguardando confirmação")
        kept["good"] = stage.text_of("outcomeReceipt")

    def resets(stage: Stage) -> None:
        stage.press("outcomeDone")
        go_to(stage, "startRegistration", "registrationScreen")
        fill_registration(stage, refused, OTHER_PASSWORD)
        submit(stage, "registrationSubmit")
        stage.expect("recebido, aguardando confirmação", "sem linha desde", "2 aguardando")
        if is_online(stage):
            raise StageError("the foot says that the line is up")
        kept["bad"] = stage.text_of("outcomeReceipt")

    def needs_line(stage: Stage) -> None:
        stage.press("outcomeDone")
        go_to(stage, "startSignIn", "signInScreen")
        sign_in(stage, who.card_number, OTHER_PASSWORD)
        stage.wait_until(lambda: "precisa da linha" in stage.visible_text(), "the way on")

    def waiting(stage: Stage) -> None:
        stage.press("signInBack")
        ask(stage, "good", who.birth_date.strftime("%d%m%Y"))
        see(stage, "Recebido, aguardando confirmação")

    def ask(stage: Stage, which: str, proof: str) -> None:
        go_to(stage, "startHelp", "helpScreen")
        stage.press("helpReceiptQuery")
        stage.wait_for_screen("receiptScreen")
        stage.fill("receiptNumber", kept[which].lower())
        stage.fill("receiptProof", proof)
        stage.press("receiptSubmit")

    def back(stage: Stage) -> None:
        stage.start_registry()
        if stage.front_desk is not None:
            stage.front_desk.try_now()
        stage.wait_until(
            lambda: stage.front_desk is not None and stage.front_desk.line_status().waiting == 0,
            "the answers",
        )
        stage.wait_until(lambda: is_online(stage), "the line")
        stage.press("receiptSubmit")
        see(stage, "Cadastro concluído")

    def told_refusal(stage: Stage) -> None:
        stage.press("receiptBack")
        stage.press("helpBack")
        ask(stage, "bad", refused.card_number)
        see(stage, "Você já tem cadastro")

    yield Step("sem-linha-cadastro", "Sem linha: Cadastro recebido, com recibo", registers)
    yield Step("sem-linha-segundo", "Sem linha: outro pedido; 2 aguardando", resets)
    yield Step("sem-linha-login", "Sem linha: Login diz o que dá para fazer", needs_line)
    yield Step("sem-linha-recibo", "Consultar recibo: aguardando", waiting)
    yield Step("linha-de-volta", "A linha volta; o resultado chega sozinho ao recibo", back)
    yield Step("recibo-recusado", "Consultar recibo: recusa, com a saída", told_refusal)


def _help() -> Iterator[Step]:
    def help_screen(stage: Stage) -> None:
        stage.press("receiptBack")
        stage.wait_for_screen("helpScreen")
        stage.expect("0800 888 9504", "Consultar recibo")

    def privacy(stage: Stage) -> None:
        stage.press("helpPrivacy")
        stage.wait_for_screen("privacyScreen")

    yield Step("ajuda", "Preciso de ajuda", help_screen)
    yield Step("privacidade", "Aviso de privacidade", privacy)
