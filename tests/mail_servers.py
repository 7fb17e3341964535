"""A mail server on loopback that does what it is told, wrong things above all."""

import base64
import binascii
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType


@dataclass
class Behaviour:
    """What one connection meets.

    Attributes:
        replies: In place of the usual ones, by verb; ``END`` is the one to a whole mail.
        recipients: Replies to single recipients.
        offers: Extensions besides STARTTLS and AUTH.
        has_starttls: STARTTLS is offered, where there is a certificate.
        hangs_up: The connection is closed without a word.
        drops_after_data: A whole mail is kept, and the connection closed in place of the answer.
        drops_at: The connection is closed in place of the reply to this verb.
        trickles: At this verb (``CONNECT`` for the greeting) bytes come one by one, for ever.
    """

    replies: dict[str, str] = field(default_factory=dict)
    recipients: dict[str, str] = field(default_factory=dict)
    offers: tuple[str, ...] = ("8BITMIME",)
    has_starttls: bool = True
    hangs_up: bool = False
    drops_after_data: bool = False
    drops_at: str = ""
    trickles: str = ""


@dataclass(frozen=True)
class Received:
    """One mail that arrived."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    is_secure: bool
    user: str | None

    @property
    def message(self) -> EmailMessage:
        message = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message

    @property
    def id(self) -> str:
        return str(self.message["Message-ID"])


class OddMailServer:
    """Serves until it is left.

    Args:
        certificate: Certificate and key in one PEM file; None for a server without TLS.
        is_implicit: TLS from the first byte.
        passwords: Who may sign in; None for nobody having to.
        behaviours: Of the first connections, one after the other.
        usually: Of all that come after those.
        port: 0 for any.

    Attributes:
        received: Mails that arrived whole, answered or not.
        connections: How many there were.
        heard: Every line of the client, in order; what was sealed by TLS too.
    """

    def __init__(
        self,
        certificate: Path | None = None,
        *,
        is_implicit: bool = False,
        passwords: dict[str, str] | None = None,
        behaviours: list[Behaviour] | None = None,
        usually: Behaviour | None = None,
        port: int = 0,
    ) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self.heard: list[str] = []
        self.changed = threading.Condition()
        self._context: ssl.SSLContext | None = None
        if certificate is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate)
        self._is_implicit = is_implicit
        self._passwords = passwords
        self._behaviours = list(behaviours or ())
        self._usually = usually or Behaviour()
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self._lines: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._accept, name="odd mail server")]
        self._threads[0].start()

    def __enter__(self) -> "OddMailServer":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in list(self._lines):
            _shut(line)
        for thread in self._threads:
            thread.join()

    def wait_for(self, is_so: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait until something is so; whatever happens here has it looked at again."""
        with self.changed:
            assert self.changed.wait_for(is_so, seconds), "it did not come about"

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with self.changed:
                self.connections += 1
                behaviour = self._behaviours.pop(0) if self._behaviours else self._usually
                self.changed.notify_all()
            thread = threading.Thread(target=self._serve, args=(line, behaviour))
            self._threads.append(thread)
            thread.start()

    def _serve(self, line: socket.socket, behaviour: Behaviour) -> None:
        self._lines.add(line)
        conversation = _Conversation(self, line, behaviour)
        try:
            if not behaviour.hangs_up:
                conversation.hold()
        except (OSError, _Dropped):
            pass
        finally:
            self._lines.discard(line)
            conversation.close()

    def _keep(self, mail: Received) -> None:
        with self.changed:
            self.received.append(mail)
            self.changed.notify_all()


class _Dropped(Exception):
    pass


class _Conversation:
    def __init__(self, server: OddMailServer, line: socket.socket, behaviour: Behaviour) -> None:
        self._server = server
        self._line = line
        self._behaviour = behaviour
        self._is_secure = False
        self._user: str | None = None
        self._sender = ""
        self._recipients: list[str] = []
        self._file = line.makefile("rb")

    def hold(self) -> None:
        if self._server._is_implicit:
            self._secure()
        self._reply("CONNECT", "220 odd ESMTP")
        while True:
            text = self._read()
            verb = text[:4].upper().strip()
            if verb == "STAR":
                verb = "STARTTLS"
            if verb == self._behaviour.drops_at:
                raise _Dropped
            if verb == "QUIT":
                self._reply("QUIT", "221 bye")
                raise _Dropped
            self._answer(verb, text)

    def close(self) -> None:
        self._file.close()
        _shut(self._line)
        self._line.close()

    def _answer(self, verb: str, text: str) -> None:
        match verb:
            case "EHLO":
                self._reply(verb, *self._offers())
            case "STARTTLS":
                self._reply(verb, "220 go on")
                if verb not in self._behaviour.replies:
                    self._secure()
            case "AUTH":
                self._sign_in(text)
            case "MAIL":
                self._sender = _address(text)
                self._recipients = []
                self._reply(verb, "250 ok")
            case "RCPT":
                self._take_recipient(_address(text))
            case "DATA":
                self._take_mail()
            case "RSET":
                self._reply(verb, "250 ok")
            case _:
                self._reply(verb, "502 what?")

    def _offers(self) -> list[str]:
        offers = ["odd", *self._behaviour.offers]
        is_open = self._server._context is not None and not self._is_secure
        if is_open and self._behaviour.has_starttls:
            offers.append("STARTTLS")
        if self._server._passwords is not None:
            offers.append("AUTH PLAIN LOGIN")
        return [f"250-{one}" for one in offers[:-1]] + [f"250 {offers[-1]}"]

    def _secure(self) -> None:
        assert self._server._context is not None
        self._server._lines.discard(self._line)
        self._file.close()
        self._line = self._server._context.wrap_socket(self._line, server_side=True)
        self._server._lines.add(self._line)
        self._file = self._line.makefile("rb")
        self._is_secure = True

    def _sign_in(self, text: str) -> None:
        words = text.split(" ")
        if words[1].upper() == "PLAIN":
            _, user, password = _decoded(words[2]).split("\0")
        else:
            user = _decoded(words[2]) if len(words) > 2 else self._ask("Username:")
            password = self._ask("Password:")
        assert self._server._passwords is not None
        if self._server._passwords.get(user) == password:
            self._user = user
            self._reply("AUTH", "235 welcome")
        else:
            self._reply("AUTH", "535 5.7.8 no")

    def _ask(self, what: str) -> str:
        self._line.sendall(b"334 " + base64.b64encode(what.encode()) + b"\r\n")
        return _decoded(self._read())

    def _take_recipient(self, address: str) -> None:
        said = self._behaviour.recipients.get(address)
        if said is None:
            self._recipients.append(address)
        self._reply("RCPT", said or "250 ok")

    def _take_mail(self) -> None:
        if "DATA" in self._behaviour.replies:
            self._reply("DATA", "")
            return
        self._reply("DATA", "354 go on")
        content = bytearray()
        while (line := self._file.readline()) != b".\r\n":
            if not line:
                raise _Dropped
            content += line.removeprefix(b".")
        mail = Received(
            self._sender, tuple(self._recipients), bytes(content), self._is_secure, self._user
        )
        if "END" not in self._behaviour.replies:
            self._server._keep(mail)
        if self._behaviour.drops_after_data:
            raise _Dropped
        self._reply("END", "250 taken")

    def _read(self) -> str:
        line = self._file.readline()
        if not line:
            raise _Dropped
        text = line.decode(errors="replace").rstrip("\r\n")
        self._server.heard.append(text)
        return text

    def _reply(self, verb: str, *lines: str) -> None:
        said = self._behaviour.replies.get(verb)
        content = "".join(f"{line}\r\n" for line in ([said] if said else lines)).encode()
        if self._behaviour.trickles == verb:
            self._trickle(content)
        self._line.sendall(content)

    def _trickle(self, content: bytes) -> None:
        # One of a reply that has no end: each byte comes before anybody who waits for one loses
        # patience.
        for one in content[:4] + b"x" * 10_000:
            self._line.sendall(bytes([one]))
            if self._server._closing.wait(0.05):
                return


def _address(text: str) -> str:
    return text.partition("<")[2].partition(">")[0]


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _shut(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
