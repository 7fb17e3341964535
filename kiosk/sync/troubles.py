"""What a command says where the line to a registry does not come about."""

from urllib.parse import urlsplit

from kiosk.sync.registries import LineTrouble, Unreachable

_PORTS = {"https": 443, "http": 80}


def trouble_words(address: str, failure: Unreachable) -> str:
    """Return what is wrong at an address, and what to do, in one line of pt-BR.

    Args:
        address: Of the registry.
        failure: What was raised.
    """
    parts = urlsplit(address)
    there = f"{parts.hostname}:{parts.port or _PORTS.get(parts.scheme, '')}"
    match failure.trouble:
        case LineTrouble.NAME_UNKNOWN:
            return f"o nome {parts.hostname} não existe na rede; confira o endereço"
        case LineTrouble.NO_TLS:
            return f"quem atende em {there} não usa https; confira o endereço e a porta"
        case LineTrouble.CERTIFICATE_EXPIRED:
            return (
                f"o certificado de {there} venceu, ou o relógio desta máquina está adiantado; "
                "confira a data desta máquina"
            )
        case LineTrouble.CERTIFICATE_NOT_YET:
            return (
                f"o certificado de {there} começa a valer depois do que mostra o relógio desta "
                "máquina; confira a data desta máquina"
            )
        case LineTrouble.CERTIFICATE_OF_ANOTHER:
            return f"o certificado de {there} é de outro endereço; use o nome que está nele"
        case LineTrouble.CERTIFICATE_UNTRUSTED:
            return (
                f"o certificado de {there} não é de uma autoridade conhecida; se o local tem a "
                "sua, inscreva com --ca ARQUIVO"
            )
        case LineTrouble.REFUSED:
            return f"ninguém atende em {there}"
    return f"{there} não respondeu como um cadastro central ({failure.cause})"
