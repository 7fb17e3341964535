"""What the registry writes to people, from what it was told, and logs as a disk has left them."""

import email
from contextlib import ExitStack
from email import policy

from kiosk.log_readings import in_words, of_operation, read_lines
from kiosk.registry.letters import CannotWrite, Sender, letter, mailable, read_sender, write
from kiosk.registry.mail_servers import read_address
from kiosk.registry.outgoing_mails import Mail, MailKind
from tests.fuzz.choices import Choices, fields, text_of
from tests.fuzz.targets import Check, Target, new_folder, target

_SENDER = Sender("PAS/SERPRO", "avisos@plano.exemplo")
_HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language"),
    *("MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
}
_NOW = 1_780_000_000_000


def check_mail_address(data: bytes) -> None:
    text = text_of(data)
    sender = read_sender(text)
    if sender is not None:
        assert sender.address.isascii()
        assert sender.name.isprintable()
        _check_letter(letter("joana@exemplo.com.br", sender, "m", _NOW, "s", ["l"]).as_bytes())
    address = mailable(text)
    if address is None:
        return
    assert mailable(address) == address
    local, _, domain = address.rpartition("@")
    assert domain.isascii()
    assert local.isprintable()
    assert not any(one.isspace() or one in '<>,;:"()' for one in local)
    for is_raw in (False, True):
        made = letter(address, _SENDER, "m", _NOW, "assunto", ["linha"], is_raw=is_raw)
        assert _check_letter(made.as_bytes())["To"] == address


def check_mail_server(data: bytes) -> None:
    try:
        scheme, host, port = read_address(text_of(data))
    except ValueError as wanted:
        assert len(str(wanted).splitlines()) == 1
        return
    assert scheme in ("smtp", "smtps", "plain")
    assert 0 < port < 2**16
    assert host.isprintable()
    assert not set(host) & set("/@?# ")
    assert scheme != "plain" or host in ("127.0.0.1", "::1", "localhost")


def check_letter(data: bytes) -> None:
    choices = Choices(data)
    what = choices.pick((*MailKind, "other"))
    is_raw = choices.flag()
    content, address = choices.texts(2)
    mail = Mail(1, _NOW, str(what), "P1", address or "joana@exemplo.com.br", content, 1, 0)
    try:
        made = write(mail, _SENDER, "mark", is_raw=is_raw)
    except CannotWrite as odd:
        assert odd.cause in ("address", "content", "kind")
        return
    _check_letter(made.as_bytes())
    text = made.get_content()
    # Nothing that a mail program makes a link of.
    assert "://" not in text
    assert "@" not in text


def _check_letter(written: bytes) -> "email.message.EmailMessage":
    """Read a letter as whoever gets it does: it has its own headers, each once."""
    read = email.message_from_bytes(written, policy=policy.SMTPUTF8)
    assert sorted(read.keys()) == sorted(_HEADERS)
    assert not read.defects
    return read


def _log_lines(stack: ExitStack) -> Check:
    folder = new_folder(stack)

    def check(data: bytes) -> None:
        (folder / "device.log").write_bytes(data)
        lines = read_lines(folder)
        for line in (*lines, *of_operation(lines, "K7Q2MT-0042-B")):
            assert in_words(line)

    return check


_CODE = '{"person":"Joana","device":"K7Q2MT","code":"123456","purpose":"reset"}'
_TOLD = '{"device_name":"Balcão http://a.b","site":"x@y.z","receipt":"K7Q2MT-0042-B","late":true}'
_LINE = (
    b'{"at":"2026-05-28T20:26:40+00:00","level":"info","event":"operations_decided","device":'
    b'"K7Q2MT","operations":["a","b"],"receipts":["K7Q2MT-0042-B"],"replaces":"c"}\n'
)

TARGETS = (
    target(
        "mail-addresses",
        check_mail_address,
        "joão.d'ávila@exemplo.com.br".encode(),
        "joana@ação.com.br".encode(),
        b"PAS/SERPRO <avisos@plano.exemplo>",
        b"avisos\xff@plano.exemplo",
        b"joana@exemplo.com.br\nBcc: x@y.z",
        b"jo ana@exemplo.com.br",
        words=(b"<", b">", b"@", b"\r\n", b"=?utf-8?q?", b"xn--", b'"'),
        longest=400,
    ),
    target(
        "mail-servers",
        check_mail_server,
        b"smtp://correio.exemplo:587",
        b"plain://127.0.0.1:25",
        b"plain://correio.exemplo",
        b"smtps://[::1]:0",
        words=(b"smtp://", b"plain://", b"localhost", b"@"),
        longest=256,
    ),
    target(
        "letters",
        check_letter,
        *(bytes((kind, 0)) + fields(_TOLD) for kind in range(len(MailKind) + 1)),
        b"\x00\x01" + fields(_CODE),
        b"\x01\x00" + fields('{"person":"Joana\\r\\nBcc: x"}', "joão@exemplo.com.br"),
        words=(b"\\r\\n", b"\\u2028", b"://", b"www."),
        longest=1024,
    ),
    Target(
        "log-lines",
        _log_lines,
        (
            _LINE,
            _LINE.replace(b'["a","b"]', b"5"),
            _LINE.replace(b'"replaces":"c"', b'"replaces":["c"]'),
            _LINE.replace(b'"info"', b"[]").replace(b'"2026', b'5,"x":"2026'),
            b'{"problem":{"type":"OSError","code":28,"at":["a:1"],"because":{"at":5}}}\n',
            b'{"more":' + b"[" * 5000,
        ),
        longest=6000,
    ),
)
