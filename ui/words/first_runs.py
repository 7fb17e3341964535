"""What a technician is told while a machine is made a device."""

import re

from PySide6.QtCore import QCoreApplication

from kiosk.domain.clock_errors import ClockError, ClockErrorKind
from kiosk.domain.custody_kinds import CustodyKind
from kiosk.domain.forms import Field
from kiosk.services.first_runs import (
    Certificate,
    Check,
    CheckItem,
    CheckState,
    CustodyOffer,
    Enrolled,
    FaceName,
    Found,
    Refusal,
    Trouble,
)

_GROUP = 8
_LONG_WORD = re.compile(r"\S{30}(?=\S)")
_PLACE = re.compile(r"\{([0-9])\}")
_BREAK = "\N{ZERO WIDTH SPACE}"
_MEGABYTE, _GIGABYTE = 10**6, 10**9
_OF_THE_CODE = (Trouble.CODE, Trouble.OTHER_DEVICE, Trouble.TOO_MANY_CODES)
_OF_THE_AUTHORITY = (Trouble.AUTHORITY_UNREADABLE, Trouble.AUTHORITY_NONE)


def field_of(refusal: Refusal, *, has_authority: bool) -> Field | None:
    """Return the field at which a refusal is told; None where it is none's.

    Args:
        refusal: What was answered.
        has_authority: Whether an authority of the site was named.
    """
    if refusal.trouble is Trouble.CUSTODY:
        return None
    if refusal.trouble in _OF_THE_CODE:
        return Field.ENROLMENT_CODE
    is_others = refusal.trouble is Trouble.CERTIFICATE_UNTRUSTED and has_authority
    if refusal.trouble in _OF_THE_AUTHORITY or is_others:
        return Field.AUTHORITY
    return Field.ADDRESS


def refusal_words(refusal: Refusal, *, has_authority: bool) -> str:
    """Return what happened and what to do."""
    translate = QCoreApplication.translate
    if refusal.trouble is Trouble.CUSTODY:
        return breakable(refusal.said)
    if refusal.trouble is Trouble.CERTIFICATE_UNTRUSTED and has_authority:
        return translate(
            "first_runs", "O certificado do cadastro não é desta autoridade. Confira o arquivo."
        )
    words = {
        Trouble.NAME_UNKNOWN: translate(
            "first_runs", "Este nome não existe na rede. Confira o endereço, letra por letra."
        ),
        Trouble.REFUSED: translate(
            "first_runs",
            "A máquina existe, mas ali não há cadastro. Confira o endereço, também o número da "
            "porta.",
        ),
        Trouble.NO_ANSWER: translate(
            "first_runs", "Ninguém respondeu neste endereço. Confira o cabo, a rede e o endereço."
        ),
        Trouble.NO_TLS: translate(
            "first_runs", "Quem responde ali não usa https. Confira o endereço e o número da porta."
        ),
        Trouble.NOT_A_REGISTRY: translate(
            "first_runs", "Quem responde ali não é o cadastro central. Confira o endereço."
        ),
        Trouble.CERTIFICATE_UNTRUSTED: translate(
            "first_runs",
            "O certificado não é de uma autoridade conhecida. Se o local tem a sua, diga o arquivo "
            "dela abaixo. Nada foi enviado.",
        ),
        Trouble.CERTIFICATE_EXPIRED: translate(
            "first_runs",
            "O certificado do cadastro venceu, ou o relógio desta máquina está adiantado: ele "
            "mostra {0}.",
        ),
        Trouble.CERTIFICATE_NOT_YET: translate(
            "first_runs",
            "O relógio desta máquina mostra {0}, e o certificado só começa a valer depois. "
            "Acerte o relógio.",
        ),
        Trouble.CERTIFICATE_OF_ANOTHER: translate(
            "first_runs",
            "O certificado é de outro endereço. Use o nome que está no certificado do cadastro.",
        ),
        Trouble.AUTHORITY_UNREADABLE: translate(
            "first_runs", "Este arquivo não pôde ser lido. Confira a pasta e o nome."
        ),
        Trouble.AUTHORITY_NONE: translate(
            "first_runs", "Neste arquivo não há certificado em PEM. Peça outro."
        ),
        Trouble.CODE: translate(
            "first_runs",
            "O cadastro não aceita este código: já foi usado, passou dos 15 minutos ou é de outro "
            "cadastro. Peça outro.",
        ),
        Trouble.OTHER_DEVICE: translate(
            "first_runs",
            "Esta máquina já deu recibos, e o código não é para ela. Peça um código feito com "
            "--device.",
        ),
        Trouble.TOO_MANY_CODES: translate(
            "first_runs", "Códigos errados demais. Espere {1} min e tente de novo."
        ),
        Trouble.SIGNATURE: translate(
            "first_runs",
            "O cadastro não aceitou a assinatura desta máquina. Confira se o endereço é o certo.",
        ),
    }[refusal.trouble]
    shown = "" if refusal.clock is None else f"{refusal.clock:%d/%m/%Y %H:%M}"
    return words.replace("{0}", shown).replace("{1}", str(refusal.minutes))


def face_words(face: FaceName) -> str:
    """Return what a face is called."""
    translate = QCoreApplication.translate
    return {
        "kiosk": translate("first_runs", "quiosque de autoatendimento"),
        "desk": translate("first_runs", "balcão de atendimento"),
    }[face]


def device_words(found: Found) -> str:
    """Return what this machine will be."""
    words = QCoreApplication.translate("first_runs", "{0} ({1}), {2}")
    return breakable(_filled(words, (found.name, found.site, face_words(found.face))))


def enrolled_words(answer: Enrolled) -> str:
    """Return what the foot of the screen says of a machine that has just become a device."""
    words = QCoreApplication.translate(
        "first_runs", "Inscrita: {0}. Os recibos dela começam por {1}."
    )
    return _filled(words, (answer.name, answer.code))


def certificate_words(certificate: Certificate | None) -> str:
    """Return for whom a certificate is, by whom, and until when."""
    translate = QCoreApplication.translate
    if certificate is None:
        return translate("first_runs", "nenhum: o cadastro está nesta mesma máquina")
    words = translate("first_runs", "{0}, de {1}, até {2}")
    unnamed = translate("first_runs", "sem nome")
    parts = (
        certificate.subject or unnamed,
        certificate.issuer or unnamed,
        f"{certificate.valid_until:%d/%m/%Y}",
    )
    return breakable(_filled(words, parts))


def fingerprint_words(certificate: Certificate) -> str:
    """Return a fingerprint in groups that can be compared aloud."""
    digits = certificate.fingerprint.upper()
    return " ".join(digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP))


def clock_words(error: ClockError) -> str:
    """Return by how much a clock is wrong."""
    translate = QCoreApplication.translate
    minutes = error.seconds // 60
    words = {
        ClockErrorKind.BEHIND: translate(
            "first_runs", "O relógio desta máquina está {0} min atrasado. Acerte-o depois."
        ),
        ClockErrorKind.AHEAD: translate(
            "first_runs", "O relógio desta máquina está {0} min adiantado. Acerte-o depois."
        ),
        ClockErrorKind.BEFORE_LAST_SEEN: translate(
            "first_runs", "O relógio desta máquina voltou {0} min. Acerte-o depois."
        ),
    }[error.kind]
    return words.replace("{0}", str(minutes))


def custody_title(kind: CustodyKind) -> str:
    """Return what a custody is called."""
    translate = QCoreApplication.translate
    return {
        CustodyKind.KEYRING: translate("first_runs", "Chaveiro do sistema"),
        CustodyKind.SYSTEMD: translate("first_runs", "Credencial do systemd"),
        CustodyKind.FILE: translate("first_runs", "Arquivo de chave"),
        CustodyKind.DEMO: translate("first_runs", "Demonstração"),
    }[kind]


def custody_words(offer: CustodyOffer) -> str:
    """Return what choosing a custody means, or why it cannot be chosen."""
    if offer.refusal is not None:
        return _first_sentence(offer.refusal)
    translate = QCoreApplication.translate
    return {
        CustodyKind.KEYRING: translate(
            "first_runs",
            "Abre na sessão de quem entrou no sistema. Para balcões.",
        ),
        CustodyKind.SYSTEMD: translate(
            "first_runs",
            "O serviço a recebe ao ligar. Para quiosques, melhor com TPM.",
        ),
        CustodyKind.FILE: translate(
            "first_runs",
            "Só este usuário o lê, mas quem leva o disco leva a chave.",
        ),
        CustodyKind.DEMO: "",
    }[offer.kind]


def check_title(item: CheckItem) -> str:
    """Return what was looked at."""
    translate = QCoreApplication.translate
    return {
        CheckItem.DISK: translate("first_runs", "Disco"),
        CheckItem.CLOCK: translate("first_runs", "Relógio"),
        CheckItem.KEY: translate("first_runs", "Chave dos dados"),
        CheckItem.ENCRYPTION: translate("first_runs", "Dados cifrados"),
        CheckItem.REGISTRY: translate("first_runs", "Cadastro central"),
        CheckItem.SEALING_KEY: translate("first_runs", "Chave do cadastro"),
    }[item]


def check_words(check: Check) -> str:
    """Return how something stands, and what to do where it does not stand well."""
    translate = QCoreApplication.translate
    is_well = check.state is CheckState.OK
    match check.item:
        case CheckItem.DISK:
            words = {
                CheckState.OK: translate("first_runs", "{0} livres"),
                CheckState.ATTENTION: translate("first_runs", "só {0} livres; libere espaço"),
                CheckState.FAILED: translate(
                    "first_runs", "{0} livres não bastam; libere espaço antes de abrir"
                ),
            }[check.state]
            return words.replace("{0}", _bytes(check.free_bytes))
        case CheckItem.CLOCK:
            if check.clock_error is None:
                return translate("first_runs", "certo, pelo relógio do cadastro")
            return clock_words(check.clock_error)
        case CheckItem.KEY if is_well and check.custody is not None:
            words = translate("first_runs", "{0}: está lá e abre os dados")
            return words.replace("{0}", custody_title(check.custody))
        case CheckItem.KEY:
            return translate("first_runs", "não voltou de onde foi guardada; veja main.py doctor")
        case CheckItem.ENCRYPTION if is_well:
            return translate("first_runs", "sim, nada em claro")
        case CheckItem.ENCRYPTION:
            return translate("first_runs", "há arquivos em claro; veja main.py doctor")
        case CheckItem.REGISTRY if is_well:
            return translate("first_runs", "respondeu a um pedido assinado por esta máquina")
        case CheckItem.REGISTRY:
            return translate("first_runs", "não respondeu; confira a rede e confira de novo")
        case CheckItem.SEALING_KEY if is_well:
            return translate("first_runs", "guardada: os pedidos vão lacrados para ele")
    return translate("first_runs", "não foi guardada; veja main.py doctor")


def _filled(words: str, parts: tuple[str, ...]) -> str:
    # What is put in is somebody else's text, and is not looked through for places.
    return _PLACE.sub(lambda found: parts[int(found[1])], words)


def breakable(text: str) -> str:
    """Return a text whose longest words may go on in the next line, without a sign that they do."""
    return _LONG_WORD.sub(lambda found: f"{found[0]}{_BREAK}", text)


def _bytes(count: int) -> str:
    if count >= _GIGABYTE:
        return f"{count // _GIGABYTE} GB"
    return f"{count // _MEGABYTE} MB"


def _first_sentence(text: str) -> str:
    head, dot, _ = text.partition(". ")
    return f"{head}." if dot else text
