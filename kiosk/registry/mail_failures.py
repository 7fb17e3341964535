"""What goes wrong with mail: short causes that name nobody, and what they mean in words."""

import re

_ENHANCED = re.compile(rb"^([245]\.\d{1,3}\.\d{1,3})\b")
_POLICY = re.compile(r"^5\.7\.")
# Codes that speak of the connection or the account and not of one mail (RFC 5321, RFC 4954).
OF_THE_LINE = frozenset({421, 454, 530, 534, 535, 538})


class LineFailed(Exception):
    """Nothing can be sent over this connection.

    Args:
        cause: One word, or a step and the server's code.
    """

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause

    @property
    def is_about_who_we_are(self) -> bool:
        """User, password or sender: tried again seldom, since too many tries lock an account."""
        return self.cause.split(" ")[0] in ("password", "sender", "no_auth")


class MailRefused(Exception):
    """The server refuses one mail; the next may do.

    Args:
        cause: A step and the server's code.
        is_final: It will not be otherwise at the next try.
    """

    def __init__(self, cause: str, *, is_final: bool) -> None:
        super().__init__(cause)
        self.cause = cause
        self.is_final = is_final

    @property
    def is_policy(self) -> bool:
        """The server would not let it through, which may be our settings as well as the address."""
        return _POLICY.match(self.cause.rpartition(" ")[2]) is not None


def cause_of(step: str, code: int, said: bytes) -> str:
    """Return a cause: the step, the server's code, and its enhanced one (RFC 3463).

    What else the server says is left out: it repeats addresses.
    """
    enhanced = _ENHANCED.match(said)
    more = "" if enhanced is None else f" {enhanced[1].decode()}"
    return f"{step} {code}{more}"


_WORDS = {
    "name": "o nome do servidor não foi encontrado na rede. Confira mail_server e o DNS.",
    "refused": "o servidor recusou a conexão: a porta está errada, ou o serviço está parado.",
    "unreachable": "o servidor não foi alcançado. Confira a rede e o firewall.",
    "timeout": "o servidor não respondeu a tempo.",
    "lost": "a conexão caiu no meio.",
    "certificate": "o certificado do servidor não é de uma autoridade em que esta máquina confia. "
    "Se ele é de uma autoridade própria, indique-a em mail_ca.",
    "certificate_name": "o certificado do servidor é de outro nome que o de mail_server.",
    "certificate_expired": "o certificado do servidor venceu, ou o relógio daqui está errado.",
    "tls": "a conexão segura (TLS) não se fez. smtps:// é a porta com TLS desde o começo (465); "
    "smtp:// a que o liga com STARTTLS (587).",
    "no_starttls": "o servidor não oferece STARTTLS, e sem TLS nada é enviado.",
    "no_auth": "o servidor não oferece um modo de identificação que este programa conheça.",
    "password": "o servidor não aceitou mail_user e a senha.",
    "sender": "o servidor não aceitou o remetente mail_from.",
    "greeting": "o servidor não quis atender.",
    "recipient": "o servidor recusou o destinatário.",
    "message": "o servidor recusou a mensagem.",
    "accents": "o endereço tem acentos antes do @, e o servidor não os aceita.",
    "address": "o endereço não é um endereço de e-mail.",
    "content": "o conteúdo guardado não foi entendido.",
    "kind": "é de uma versão mais nova do programa.",
    "internal": "o programa falhou nesta mensagem. Veja o log.",
    "folder": "a pasta mail_folder não pôde ser usada.",
    "expired": "venceu antes de poder ser enviado.",
}


def words_of(cause: str) -> str:
    """Return what a cause means, in pt-BR, with the server's codes where it gave some."""
    step, _, codes = cause.partition(" ")
    words = _WORDS.get(step, f"{step}.")
    return f"{words} (resposta {codes})" if codes else words
