"""What staff read of an operation that was decided: what was asked, found, and answered."""

from datetime import datetime

from PySide6.QtCore import QCoreApplication

from kiosk.domain.operations import OperationKind, Outcome, Reason
from kiosk.domain.people import Found, MembershipStatus, Origin
from kiosk.services.queue_answers import LedgerEntry
from ui.words.queue import EntryWords, Fact, RowWords, Sign, age_words, kind_title, person_words

_SIGNS = {
    Outcome.ACCEPTED: Sign.GOOD,
    Outcome.REJECTED: Sign.REFUSED,
    Outcome.QUARANTINED: Sign.STOPPED,
    Outcome.WITHDRAWN: Sign.POINTED,
    Outcome.REPLACED: Sign.POINTED,
}
_OF_THE_REGISTRY = (Outcome.ACCEPTED, Outcome.REJECTED, Outcome.QUARANTINED)


def ledger_row(entry: LedgerEntry) -> RowWords:
    """Return the row of something decided."""
    return RowWords(
        entry.receipt,
        kind_title(entry.kind),
        entry.label,
        "" if entry.decided_at is None else _moment(entry.decided_at),
        _sign(entry.outcome),
        outcome_title(entry.outcome),
        _in_short(entry),
    )


def ledger_entry(entry: LedgerEntry) -> EntryWords:
    """Return all that is told of something decided."""
    translate = QCoreApplication.translate
    made = age_words(None) if entry.made_at is None else _moment(entry.made_at)
    asked = f"{kind_title(entry.kind)}, {made}"
    facts = [
        Fact(translate("ledger", "Pedido"), asked),
        Fact(translate("ledger", "Pessoa"), person_words(entry.label)),
    ]
    if entry.outcome in _OF_THE_REGISTRY:
        had = found_words(entry.found, entry.found_changed_at)
        facts.append(Fact(translate("ledger", "O que havia"), had))
    when = translate("ledger", "não se sabe quando")
    if entry.decided_at is not None:
        when = _moment(entry.decided_at)
    is_answer = entry.outcome in _OF_THE_REGISTRY
    caption = translate("ledger", "Resposta") if is_answer else translate("ledger", "Quando")
    facts.append(Fact(caption, when))
    if entry.replaced_by is not None:
        again = translate("ledger", "enviado de novo com o recibo {0}")
        again = again.replace("{0}", entry.replaced_by)
        facts.append(Fact(translate("ledger", "Recibo novo"), again))
    if entry.note:
        facts.append(Fact(translate("ledger", "Anotação"), entry.note))
    return EntryWords(
        entry.receipt,
        _sign(entry.outcome),
        outcome_title(entry.outcome),
        _text(entry),
        tuple(facts),
    )


def outcome_title(outcome: Outcome | None) -> str:
    """Return a final outcome in a word or two; None where it cannot be read any more."""
    translate = QCoreApplication.translate
    if outcome is None:
        return translate("ledger", "Resposta ilegível")
    return {
        Outcome.ACCEPTED: translate("ledger", "Aceito"),
        Outcome.REJECTED: translate("ledger", "Recusado"),
        Outcome.QUARANTINED: translate("ledger", "À parte"),
        Outcome.WITHDRAWN: translate("ledger", "Retirado da fila"),
        Outcome.REPLACED: translate("ledger", "Enviado de novo"),
    }[outcome]


def found_words(found: Found | None, changed_at: datetime | None) -> str:
    """Return what the registry had; None where it fitted nobody, or is not known."""
    translate = QCoreApplication.translate
    if found is None:
        return translate("ledger", "ninguém com estes dados, ou não ficou anotado")
    origin = {
        Origin.NONE: translate("ledger", "sem cadastro"),
        Origin.LEGACY_APP: translate("ledger", "senha de aplicativo antigo"),
        Origin.PORTAL: translate("ledger", "senha do Portal"),
        Origin.APP_2024: translate("ledger", "cadastro PAS/SERPRO (2024)"),
    }[found.origin]
    plan = {
        MembershipStatus.ACTIVE: translate("ledger", "plano ativo"),
        MembershipStatus.CANCELLED: translate("ledger", "plano cancelado"),
    }[found.status]
    parts = [origin, plan]
    if changed_at is not None:
        changed = translate("ledger", "mudado pela última vez em {0}")
        parts.append(changed.replace("{0}", _moment(changed_at)))
    return "; ".join(parts)


def _sign(outcome: Outcome | None) -> Sign:
    return Sign.STOPPED if outcome is None else _SIGNS[outcome]


def _moment(at: datetime) -> str:
    return f"{at:%d/%m/%Y, %H:%M}"


def _in_short(entry: LedgerEntry) -> str:
    translate = QCoreApplication.translate
    if entry.replaced_by is not None:
        return translate("ledger", "como {0}").replace("{0}", entry.replaced_by)
    if entry.outcome not in (Outcome.REJECTED, Outcome.QUARANTINED):
        return ""
    match entry.reason:
        case Reason.IDENTITY_MISMATCH:
            return translate("ledger", "dados não conferem")
        case Reason.NOT_COVERED:
            return translate("ledger", "plano cancelado")
        case Reason.ALREADY_REGISTERED:
            return translate("ledger", "já tinha cadastro")
        case Reason.NOT_REGISTERED:
            return translate("ledger", "não tinha cadastro")
        case Reason.SUPERSEDED:
            return translate("ledger", "senha já trocada")
        case Reason.CHANGED_MEANWHILE:
            return translate("ledger", "e-mail já trocado")
        case Reason.THROTTLED:
            return translate("ledger", "tentativas demais")
        case Reason.GATE_FAILED:
            return translate("ledger", "código não conferiu")
        case _:
            return translate("ledger", "supervisor confere")


def _text(entry: LedgerEntry) -> str:
    translate = QCoreApplication.translate
    match entry.outcome:
        case Outcome.ACCEPTED:
            return _accepted(entry.kind)
        case Outcome.QUARANTINED:
            return _kept_aside(entry.reason)
        case Outcome.WITHDRAWN:
            return translate(
                "ledger",
                "O pedido saiu da fila antes de ter resposta. Se a pessoa ainda quiser, precisa "
                "fazer o pedido de novo.",
            )
        case Outcome.REPLACED:
            text = translate("ledger", "A resposta está no recibo {0}.")
            return text.replace("{0}", entry.replaced_by or "?")
        case Outcome.REJECTED:
            return _refused(entry.reason)
        case None:
            return translate(
                "ledger",
                "Este equipamento não consegue mais ler a resposta. Leve o número do recibo ao "
                "supervisor, que a encontra no cadastro central.",
            )


def _accepted(kind: OperationKind | None) -> str:
    translate = QCoreApplication.translate
    if kind is None:
        return translate("ledger", "O cadastro central fez o que foi pedido.")
    return {
        OperationKind.REGISTER: translate("ledger", "O cadastro está feito, e a senha já vale."),
        OperationKind.RESET: translate("ledger", "A senha nova já vale."),
        OperationKind.SET_EMAIL: translate("ledger", "O e-mail já está no registro do plano."),
    }[kind]


def _kept_aside(reason: Reason | None) -> str:
    translate = QCoreApplication.translate
    match reason:
        case Reason.STALE:
            return translate(
                "ledger",
                "Este equipamento estava há mais de 30 dias sem notícia do cadastro central. Nada "
                "mudou ainda: um supervisor confere lá.",
            )
        case Reason.DEVICE_REVOKED:
            return translate(
                "ledger",
                "Este equipamento perdeu o acesso ao cadastro central. Nada mudou ainda: um "
                "supervisor confere lá.",
            )
        case Reason.UNKNOWN_CURSOR:
            return translate(
                "ledger",
                "O cadastro central não reconhece os dados que este equipamento tinha. Nada mudou "
                "ainda: um supervisor confere lá.",
            )
        case _:
            return translate(
                "ledger",
                "O cadastro central deixou o pedido à parte. Nada mudou ainda: um supervisor "
                "confere lá.",
            )


def _refused(reason: Reason | None) -> str:
    translate = QCoreApplication.translate
    match reason:
        case Reason.IDENTITY_MISMATCH:
            return translate(
                "ledger",
                "O cartão, o CPF e a data de nascimento não são da mesma pessoa no plano. Confira "
                "os três no documento e faça o pedido de novo.",
            )
        case Reason.NOT_COVERED:
            return translate(
                "ledger",
                "O plano desta pessoa está cancelado, e nada mudou. Se for engano, a pessoa liga "
                "para 0800 888 9504.",
            )
        case Reason.ALREADY_REGISTERED:
            return translate(
                "ledger",
                "A pessoa já tinha cadastro, e a senha dela não mudou. Se não lembra da senha, "
                "use “Esqueci minha senha”.",
            )
        case Reason.NOT_REGISTERED:
            return translate(
                "ledger",
                "A pessoa ainda não tinha cadastro, por isso não havia senha para redefinir. "
                "Faça o “Cadastro”.",
            )
        case Reason.SUPERSEDED:
            return translate(
                "ledger",
                "A senha foi trocada depois deste pedido, e vale a mais nova. Se não foi a "
                "pessoa, ligue agora para 0800 888 9504.",
            )
        case Reason.CHANGED_MEANWHILE:
            return translate(
                "ledger",
                "O e-mail foi trocado depois deste pedido, e vale o mais novo. Se não foi a "
                "pessoa, ligue agora para 0800 888 9504.",
            )
        case Reason.THROTTLED:
            return translate(
                "ledger",
                "Houve tentativas demais com estes dados ou neste equipamento, e nada mudou. "
                "Confira o documento da pessoa, espere alguns minutos e faça o pedido de novo.",
            )
        case Reason.GATE_FAILED:
            return translate(
                "ledger",
                "O código de liberação faltou, já tinha sido usado, venceu ou era de outro "
                "pedido. Nada mudou. Gere outro código e faça o pedido de novo.",
            )
        case _:
            return translate(
                "ledger",
                "O cadastro central não pôde aceitar o pedido. Leve o número do recibo ao "
                "supervisor.",
            )
