"""What became of a Cadastro, a reset or another operation, and the way on."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from kiosk.domain.gates import CodeFault
from kiosk.domain.operations import OperationKind, Outcome, Reason
from kiosk.services.answers import Decided, Waiting
from ui.words.ways import Way


class Mood(StrEnum):
    """How an outcome looks: done, waiting, better in another form, refused."""

    GOOD = "good"
    WAITING = "waiting"
    POINTED = "pointed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Told:
    """An outcome in words.

    Attributes:
        title: What happened, in a few words.
        text: What it means and what to do.
        ways: Where the person can go on, the likeliest first; at most two.
        receipt: Number of the receipt, or None where there is none to keep.
    """

    mood: Mood
    title: str
    text: str
    ways: tuple[Way, ...] = ()
    receipt: str | None = None


def decided_words(kind: OperationKind, decided: Decided) -> Told:
    """Return the words for an answer of the registry."""
    return outcome_words(kind, decided.outcome, decided.reason, decided.receipt)


def outcome_words(
    kind: OperationKind | None, outcome: Outcome, reason: Reason | None, receipt: str
) -> Told:
    """Return the words for a final outcome, also when it is read under its receipt."""
    if outcome is Outcome.ACCEPTED:
        return _accepted(kind, receipt)
    if outcome is Outcome.WITHDRAWN:
        return _withdrawn(receipt)
    if outcome is Outcome.QUARANTINED:
        return _kept_aside(receipt)
    return refused_words(reason, receipt)


def waiting_words(kind: OperationKind, waiting: Waiting) -> Told:
    """Return the words for an operation that is recorded and not yet confirmed."""
    translate = QCoreApplication.translate
    is_registration = kind is OperationKind.REGISTER
    if waiting.is_earlier:
        start = translate(
            "outcomes", "Você já fez este pedido aqui, e ele ainda espera a confirmação."
        )
    elif waiting.cancel_came_late:
        start = translate(
            "outcomes", "O cancelamento chegou tarde: o pedido já tinha sido registrado."
        )
    elif is_registration:
        start = translate("outcomes", "Seu pedido de cadastro está guardado neste equipamento.")
    else:
        start = translate("outcomes", "Seu pedido de senha nova está guardado neste equipamento.")
    rest = translate(
        "outcomes",
        "O envio ao cadastro central é automático: não precisa esperar aqui. A senha só passa a "
        "valer depois da confirmação. Anote o número do recibo: com ele você consulta a resposta "
        "em “Preciso de ajuda”, “Consultar recibo”.",
    )
    return Told(
        Mood.WAITING,
        translate("outcomes", "Recebido, aguardando confirmação"),
        f"{start} {rest}",
        receipt=waiting.receipt,
    )


def no_room_words() -> str:
    """Return the words for an action that the machine cannot keep safe."""
    return QCoreApplication.translate(
        "outcomes",
        "Este equipamento está sem espaço para guardar pedidos. Nada foi enviado, e nada mudou. "
        "Procure o balcão, use outro equipamento ou ligue para 0800 888 9504.",
    )


def no_key_words() -> str:
    """Return the words for an action that the machine cannot keep from other eyes."""
    return QCoreApplication.translate(
        "outcomes",
        "Este equipamento ainda não conseguiu falar com o cadastro central, e antes disso não "
        "guarda pedidos. Nada foi enviado, e nada mudou. Procure o balcão, use outro equipamento "
        "ou ligue para 0800 888 9504.",
    )


def code_refused_words(fault: CodeFault) -> str:
    """Return the words for a code that the gate of this machine asks for and did not get."""
    translate = QCoreApplication.translate
    match fault:
        case CodeFault.MISSING:
            return translate(
                "outcomes",
                "Neste equipamento este pedido precisa de um código, e esta tela ainda não o "
                "recebe. Nada foi enviado. Procure o balcão ou ligue para 0800 888 9504.",
            )
        case CodeFault.EXPIRED:
            return translate(
                "outcomes",
                "Este código já passou do prazo. Nada foi enviado. Peça outro a quem o deu.",
            )
        case CodeFault.USED:
            return translate(
                "outcomes",
                "Este código já foi usado. Nada foi enviado. Peça outro a quem o deu.",
            )
        case CodeFault.MALFORMED | CodeFault.WRONG:
            return translate(
                "outcomes",
                "O código não confere com este pedido, esta pessoa e este equipamento. Nada foi "
                "enviado. Confira o código e os dados, ou peça outro a quem o deu.",
            )


def code_needs_line_words() -> str:
    """Return the words for a code by e-mail without line."""
    return QCoreApplication.translate(
        "outcomes",
        "Sem conexão com o cadastro central agora, e o código por e-mail precisa dela. Nada foi "
        "enviado. Tente de novo daqui a pouco, procure o balcão ou ligue para 0800 888 9504.",
    )


def refused_words(reason: Reason | None, receipt: str | None) -> Told:
    """Return the words for a refusal; None stands for a reason that this program does not know."""
    translate = QCoreApplication.translate
    title = translate("outcomes", "Não foi possível concluir")
    mood = Mood.REFUSED
    text: str
    ways: tuple[Way, ...]
    match reason:
        # Whoever failed too often is told the same as anybody: what they did before is no news.
        case Reason.IDENTITY_MISMATCH | Reason.THROTTLED:
            title = translate("outcomes", "Os dados não conferem")
            text = translate(
                "outcomes",
                "O cartão, o CPF e a data de nascimento não conferem com o registro do plano. "
                "Confira os dados e espere alguns minutos antes de tentar de novo. Se não der "
                "certo, ligue para 0800 888 9504, a qualquer hora, ou procure o balcão.",
            )
            ways = (Way.CORRECT,)
        case Reason.NOT_COVERED:
            title = translate("outcomes", "Este cartão está cancelado")
            text = translate(
                "outcomes",
                "O plano informa que este cartão não está mais ativo, por isso o pedido não foi "
                "aceito. Se você acha que é um engano, ligue para 0800 888 9504 ou procure o "
                "balcão.",
            )
            ways = (Way.HELP,)
        case Reason.ALREADY_REGISTERED:
            mood = Mood.POINTED
            title = translate("outcomes", "Você já tem cadastro")
            text = translate(
                "outcomes",
                "Não é preciso fazer outro. Entre com a sua senha. Se não lembra dela, redefina "
                "a senha.",
            )
            ways = (Way.SIGN_IN, Way.RESET)
        case Reason.NOT_REGISTERED:
            mood = Mood.POINTED
            title = translate("outcomes", "Falta fazer o cadastro")
            text = translate(
                "outcomes",
                "Ainda não há cadastro seu no aplicativo PAS/SERPRO (2024), por isso não há senha "
                "para redefinir. Faça o cadastro: o que você digitou vai junto.",
            )
            ways = (Way.REGISTER,)
        case Reason.SUPERSEDED:
            title = translate("outcomes", "A senha foi trocada depois deste pedido")
            text = translate(
                "outcomes",
                "Antes de este pedido chegar, sua senha foi trocada em outro lugar. Vale a mais "
                "nova. Se não foi você, ligue agora para 0800 888 9504.",
            )
            ways = (Way.SIGN_IN, Way.RESET)
        case Reason.CHANGED_MEANWHILE:
            title = translate("outcomes", "O e-mail foi trocado depois deste pedido")
            text = translate(
                "outcomes",
                "Antes de este pedido chegar, seu e-mail foi trocado em outro lugar. Vale o mais "
                "novo. Se não foi você, ligue agora para 0800 888 9504.",
            )
            ways = (Way.HELP,)
        case Reason.GATE_FAILED:
            title = translate("outcomes", "O código não conferiu")
            text = translate(
                "outcomes",
                "Este pedido precisa de um código que valha para você, para este pedido e para "
                "este equipamento, e ainda dentro do prazo. Peça outro e tente de novo, ou ligue "
                "para 0800 888 9504.",
            )
            ways = (Way.CORRECT, Way.HELP)
        case Reason.STALE:
            text = translate(
                "outcomes",
                "O pedido ficou tempo demais sem linha, e um supervisor precisa olhar para ele. "
                "Procure o balcão, com o recibo na mão, ou ligue para 0800 888 9504.",
            )
            ways = (Way.HELP,)
        case _:
            text = translate(
                "outcomes",
                "O cadastro central não pôde aceitar este pedido. A falha não foi sua. Procure o "
                "balcão, com o recibo na mão, ou ligue para 0800 888 9504.",
            )
            ways = (Way.HELP,)
    return Told(mood, title, text, ways, receipt)


def _accepted(kind: OperationKind | None, receipt: str) -> Told:
    translate = QCoreApplication.translate
    if kind is None:
        return Told(
            Mood.GOOD,
            translate("outcomes", "Pedido aceito"),
            translate("outcomes", "O cadastro central fez o que foi pedido."),
            (),
            receipt,
        )
    title, text, ways = {
        OperationKind.REGISTER: (
            translate("outcomes", "Cadastro concluído"),
            translate(
                "outcomes",
                "Sua senha já vale. Entre com o número do cartão, o CPF ou o e-mail que está no "
                "registro do plano.",
            ),
            (Way.SIGN_IN,),
        ),
        OperationKind.RESET: (
            translate("outcomes", "Senha redefinida"),
            translate(
                "outcomes",
                "A senha nova já vale. Entre com o número do cartão, o CPF ou o e-mail que está "
                "no registro do plano.",
            ),
            (Way.SIGN_IN,),
        ),
        OperationKind.SET_EMAIL: (
            translate("outcomes", "E-mail registrado"),
            translate("outcomes", "O e-mail já está no registro do plano."),
            (),
        ),
    }[kind]
    return Told(Mood.GOOD, title, text, ways, receipt)


def _withdrawn(receipt: str) -> Told:
    translate = QCoreApplication.translate
    return Told(
        Mood.REFUSED,
        translate("outcomes", "Pedido retirado"),
        translate(
            "outcomes",
            "Este pedido foi retirado antes de chegar ao cadastro central, e nada mudou. Se ainda "
            "precisar, faça o pedido de novo.",
        ),
        (Way.HELP,),
        receipt,
    )


def _kept_aside(receipt: str) -> Told:
    translate = QCoreApplication.translate
    return Told(
        Mood.WAITING,
        translate("outcomes", "Um supervisor vai olhar o pedido"),
        translate(
            "outcomes",
            "O pedido chegou ao cadastro central, mas ficou à parte para um supervisor conferir. "
            "Nada mudou ainda. Procure o balcão, com o recibo na mão, ou ligue para "
            "0800 888 9504.",
        ),
        (Way.HELP,),
        receipt,
    )
