"""The registry's audit in plain words, for whoever reads it on a terminal."""

from datetime import datetime

from kiosk.domain.operations import OperationKind, Outcome
from kiosk.registry.audit_trails import Event

_KINDS = {
    OperationKind.REGISTER: "Cadastro",
    OperationKind.RESET: "senha nova",
    OperationKind.SET_EMAIL: "e-mail",
}
_OUTCOMES = {
    Outcome.ACCEPTED: "aceito",
    Outcome.REJECTED: "recusado",
    Outcome.QUARANTINED: "à espera de um supervisor",
}
_WORDS = {
    **{
        f"{kind}_{outcome}": f"pedido de {said}: {word}"
        for kind, said in _KINDS.items()
        for outcome, word in _OUTCOMES.items()
    },
    "sent_again": "pedido enviado de novo, já respondido",
    "operation_id_reused": "pedido recusado: o número dele já era de outro",
    "import": "importação de pessoas",
    "import_membership": "importação mudou os dados do plano",
    "import_credential": "importação mudou a origem da conta ou a senha",
    "import_email": "importação mudou o e-mail",
    "rejections_written": "importação gravou um arquivo de linhas recusadas",
    "outbox_imported": "fila de um aparelho recebida por arquivo",
    "enrolment_code_made": "código de inscrição feito",
    "device_enrolled": "aparelho inscrito",
    "device_key_renewed": "aparelho trocou de chave",
    "device_renamed": "aparelho renomeado",
    "device_revoked": "aparelho ficou sem acesso",
    "device_stolen": "aparelho dado como roubado",
    "device_chain_went_back": "auditoria do aparelho voltou atrás",
    "device_chain_forked": "auditoria do aparelho foi escrita de novo",
    "device_chain_restored": "aparelho foi recuperado de um backup",
    "exposure_listed": "lista das pessoas que o aparelho pode expor foi vista",
    "release_code_given": "código de liberação dado",
    "sign_in_tried": "tentativa de Login",
    "signed_in": "Login certo, Minha conta mostrada",
    "sign_in_must_register": "Login certo, conta que pede Cadastro",
    "sign_in_must_reset": "Login certo, conta que pede senha nova",
    "sign_in_not_covered": "Login certo, plano cancelado",
    "attempts_opened": "tentativas de uma pessoa abertas de novo",
    "sweep_ended": "quiosque voltou a aceitar Login",
    "email_code_made": "código por e-mail feito",
    "email_code_refused": "código por e-mail pedido com dados que não conferem",
    "receipt_shown": "recibo mostrado",
    "chain_began": "a cadeia começa: as linhas até aqui são de um programa sem ela",
}


def line_words(number: int, event: Event) -> str:
    """Return one line of the audit."""
    parts = [_WORDS.get(event.what, event.what)]
    if event.device is not None:
        parts.append(f"aparelho {event.device}")
    if event.person_id is not None:
        parts.append(f"pessoa {event.person_id}")
    if event.detail is not None:
        parts.append(event.detail)
    at = datetime.fromtimestamp(event.at / 1000).astimezone()
    return f"{number}  {at:%d/%m/%Y %H:%M:%S}  {', '.join(parts)}"
