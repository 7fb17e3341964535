"""Speaking to a mail server: over TLS that is verified, each exchange bounded in time."""

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from kiosk.registry.letters import Sender
from kiosk.registry.line_watches import LineWatch
from kiosk.registry.mail_failures import OF_THE_LINE, LineFailed, MailRefused, cause_of

_PORTS = {"smtp": 587, "smtps": 465, "plain": 25}
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_SENT = 250
_NAME_ERRORS = frozenset({62, 64})  # X509_V_ERR_HOSTNAME_MISMATCH, …_IP_ADDRESS_MISMATCH
_TIME_ERRORS = frozenset({9, 10})  # X509_V_ERR_CERT_NOT_YET_VALID, …_HAS_EXPIRED


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, and who hands it in.

    Attributes:
        scheme: ``smtp`` for STARTTLS, ``smtps`` for TLS from the beginning, ``plain`` for none,
            on loopback alone.
        seconds: Bound on connecting and signing in, and on each mail, from first byte to last.
        authority: A PEM file that is believed instead of the system's authorities.
    """

    scheme: str
    host: str
    port: int
    sender: Sender
    seconds: float
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    authority: Path | None = None
    is_raw: bool = False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def context(self) -> ssl.SSLContext:
        """Return how TLS is verified.

        Raises:
            OSError: The authority's file cannot be read, or is none.
        """
        return ssl.create_default_context(cafile=self.authority)

    def session(self) -> "ServerSession":
        """Return a connection, which is made when it is entered."""
        return ServerSession(self)


def read_address(text: str) -> tuple[str, str, int]:
    """Read ``smtp://HOST[:PORT]`` and its like into scheme, host and port.

    Raises:
        ValueError: It is none; its text says in pt-BR what is wanted.
    """
    wanted = "um endereço como smtp://correio.exemplo:587 ou smtps://correio.exemplo:465"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(wanted) from None
    host = parts.hostname
    has_more = parts.username is not None or parts.path or parts.query or parts.fragment
    if parts.scheme not in _PORTS or not host or has_more or not text.isprintable() or " " in text:
        raise ValueError(wanted)
    if parts.scheme == "plain" and host not in _LOOPBACK:
        raise ValueError("sem TLS (plain://) só nesta máquina (127.0.0.1)")
    return parts.scheme, host, port or _PORTS[parts.scheme]


class ServerSession:
    """One connection to a mail server, for several mails.

    Args:
        server: Which.
    """

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._watch = LineWatch()
        self._smtp: _Smtp | None = None

    def __enter__(self) -> "ServerSession":
        """Connect, secure the line, sign in.

        Raises:
            LineFailed: It did not come about; says why.
        """
        try:
            with self._watch.over(self._server.seconds), self._telling():
                self._smtp = self._connect()
        except BaseException:
            self._close()
            raise
        return self

    def send(self, letter: EmailMessage, name: str) -> None:  # noqa: ARG002 - a file's, elsewhere
        """Send one letter; what returns was taken by the server.

        Raises:
            MailRefused: This one is not taken.
            LineFailed: The connection is of no use any more; whether the mail arrived is not known.
        """
        if self._smtp is None:
            raise LineFailed("lost")
        to = str(letter["To"])
        with self._watch.over(self._server.seconds), self._telling():
            try:
                self._smtp.send_message(letter, self._server.sender.address, [to])
            except smtplib.SMTPRecipientsRefused as refusal:
                code, said = next(iter(refusal.recipients.values()))
                raise _refused("recipient", code, said) from None
            except smtplib.SMTPDataError as refusal:
                raise _refused("message", refusal.smtp_code, _bytes(refusal.smtp_error)) from None
            except smtplib.SMTPNotSupportedError:
                raise MailRefused("accents", is_final=True) from None
        if self._watch.is_over:
            # The library takes half a line for an answer.
            raise LineFailed("timeout")

    def cut(self) -> None:
        """End the connection from another thread, whatever it waits for."""
        self._watch.cut()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Say goodbye, where the connection still stands, and close it."""
        if error is None and self._smtp is not None:
            # What was sent has been answered; the goodbye is a courtesy.
            with (
                contextlib.suppress(smtplib.SMTPException, OSError),
                self._watch.over(self._server.seconds),
            ):
                self._smtp.quit()
        self._close()

    def _connect(self) -> "_Smtp":
        server = self._server
        try:
            context = None if server.scheme == "plain" else server.context()
        except OSError:
            raise LineFailed("certificate") from None
        smtp = self._smtp = _Smtp(server, context, self._watch)
        code, said = smtp.connect(server.host, server.port)
        if code != 220:
            raise LineFailed(cause_of("greeting", code, said))
        smtp.ehlo_or_helo_if_needed()
        if server.scheme == "smtp":
            try:
                smtp.starttls(context=context)
            except (smtplib.SMTPNotSupportedError, smtplib.SMTPResponseException):
                # Nothing was secured, so nothing goes.
                raise LineFailed("no_starttls") from None
            smtp.ehlo_or_helo_if_needed()
        if server.user is not None:
            self._sign_in(smtp, server.user, server.password or "")
        return smtp

    def _sign_in(self, smtp: "_Smtp", user: str, password: str) -> None:
        try:
            smtp.login(user, password)
        except smtplib.SMTPAuthenticationError as refusal:
            if refusal.smtp_code == 421 or 0 < refusal.smtp_code < 500:
                said = _bytes(refusal.smtp_error)
                raise LineFailed(cause_of("greeting", refusal.smtp_code, said)) from None
            raise LineFailed(
                cause_of("password", refusal.smtp_code, _bytes(refusal.smtp_error))
            ) from None
        except (smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException):
            raise
        except smtplib.SMTPException:
            raise LineFailed("no_auth") from None

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        """Give every failure of a connection its cause; the library's words may name people."""
        try:
            yield
        except smtplib.SMTPSenderRefused as refusal:
            said = _bytes(refusal.smtp_error)
            step = "greeting" if refusal.smtp_code < 500 else "sender"
            raise LineFailed(cause_of(step, refusal.smtp_code, said)) from None
        except smtplib.SMTPResponseException as refusal:
            said = _bytes(refusal.smtp_error)
            raise LineFailed(cause_of("greeting", refusal.smtp_code, said)) from None
        except smtplib.SMTPException:
            raise LineFailed("timeout" if self._watch.is_over else "lost") from None
        except ssl.SSLCertVerificationError as failure:
            raise LineFailed(_of_certificate(failure)) from None
        except ssl.SSLError:
            raise LineFailed("timeout" if self._watch.is_over else "tls") from None
        except OSError as failure:
            raise LineFailed("timeout" if self._watch.is_over else _of_socket(failure)) from None

    def _close(self) -> None:
        self._watch.close()
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


class _Smtp(smtplib.SMTP):
    """The library's client over a connection that is watched."""

    def __init__(
        self, server: MailServer, context: ssl.SSLContext | None, watch: LineWatch
    ) -> None:
        super().__init__(timeout=server.seconds)
        self._server = server
        self._context = context
        self._watch = watch
        # What the certificate is held against; the library sets it when it connects by itself.
        self._host = server.host

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = socket.create_connection((host, port), timeout)
        try:
            self._watch.take(line)
            if self._server.scheme == "plain":
                _require_loopback(line)
            if self._server.scheme == "smtps" and self._context is not None:
                return self._context.wrap_socket(line, server_hostname=host)
        except BaseException:
            line.close()
            raise
        return line


def _require_loopback(line: socket.socket) -> None:
    if not ip_address(line.getpeername()[0]).is_loopback:
        # The name of this machine stood for another.
        raise LineFailed("unreachable")


def _refused(step: str, code: int, said: bytes) -> Exception:
    cause = cause_of(step, code, said)
    if code in OF_THE_LINE:
        return LineFailed(cause_of("password" if code >= 530 else "greeting", code, said))
    if not 400 <= code < 600:
        return LineFailed("lost")
    return MailRefused(cause, is_final=code >= 500)


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode(errors="replace")


def _of_certificate(failure: ssl.SSLCertVerificationError) -> str:
    if failure.verify_code in _NAME_ERRORS:
        return "certificate_name"
    return "certificate_expired" if failure.verify_code in _TIME_ERRORS else "certificate"


def _of_socket(failure: OSError) -> str:
    if isinstance(failure, socket.gaierror):
        return "name"
    if isinstance(failure, ConnectionRefusedError):
        return "refused"
    if isinstance(failure, TimeoutError):
        return "timeout"
    if isinstance(failure, (ConnectionResetError, BrokenPipeError, ConnectionAbortedError)):
        return "lost"
    return "unreachable"
