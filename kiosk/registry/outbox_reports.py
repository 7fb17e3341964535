"""What ``registry import-outbox`` says of a file it took in, without naming anybody."""

from kiosk.domain.operations import Outcome, Reason
from kiosk.registry.outbox_imports import OutboxImportReport

_OUTCOMES = {
    Outcome.ACCEPTED: "Aceitos",
    Outcome.REJECTED: "Recusados",
    Outcome.QUARANTINED: "Em quarentena, à espera de um supervisor",
}
_REASONS = {
    Reason.IDENTITY_MISMATCH: "os dados não conferem com o cadastro",
    Reason.NOT_COVERED: "plano cancelado",
    Reason.ALREADY_REGISTERED: "já tinha cadastro",
    Reason.NOT_REGISTERED: "ainda não tinha cadastro",
    Reason.SUPERSEDED: "a senha foi trocada depois",
    Reason.CHANGED_MEANWHILE: "o e-mail foi trocado depois",
    Reason.ID_REUSED: "identificação já usada por outro pedido",
    Reason.STALE: "feito sem notícia do cadastro há mais de 30 dias",
    Reason.DEVICE_REVOKED: "de aparelho sem acesso ou dado como roubado",
    Reason.UNKNOWN_CURSOR: "feito com notícia que não é deste cadastro",
    Reason.THROTTLED: "tentativas demais, ou cedo demais depois da última troca",
    Reason.GATE_FAILED: "sem o código de liberação, ou com um que não vale",
}
_PARTS = {
    "id": "a identificação",
    "replaces": "a identificação do pedido que ele repete",
    "sequence": "o número de ordem",
    "made_at": "a hora",
    "receipt": "o recibo",
    "receipt used before": "o recibo, que já é de outro pedido",
    "kind": "o tipo do pedido",
    "body": "o conteúdo",
    "password_hash": "a senha cifrada",
    "email": "o e-mail",
    "identifier": "o cartão ou e-mail",
    "identifier_kind": "o cartão ou e-mail",
}


def report_lines(report: OutboxImportReport) -> list[str]:
    """Return the counts of an import, a line each."""
    lines = [f"Pedidos do aparelho {report.device}: {report.count}"]
    for outcome, words in _OUTCOMES.items():
        lines.append(f"{words}: {report.decided[outcome]}")
        lines += [
            f"  {_REASONS[Reason(reason)]}: {count}"
            for (of, reason), count in sorted(report.reasons.items())
            if of == outcome
        ]
    lines.append(f"Já conhecidos (nada mudou): {report.known}")
    lines.append(f"Não entendidos: {report.not_understood}")
    return lines


def not_understood_line(receipt: str, part: str) -> str:
    """Return the words for an operation that could not be read.

    Args:
        receipt: Its number.
        part: As ``kiosk.registry.claims.NotUnderstood`` tells it.
    """
    return f"Não entendido: {receipt} ({_PARTS.get(part, part)})"
