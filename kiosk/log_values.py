"""What may stand in the log beside an event: a list of keys, and for each what a value can be.

A person gets in through none of them: a word has to be one of a closed list, a number small, an id
an id. Whatever else is given is left out, and the line says how many were.
"""

import errno
import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias
from uuid import UUID

from kiosk.domain.operations import OperationKind, Outcome, ParkedReason, Reason
from kiosk.domain.receipts import is_device_code, read
from kiosk.domain.restorations import Damage

Written: TypeAlias = bool | int | str | list[str] | dict[str, object]
_MOST_FRAMES = 12
_MOST_CAUSES = 4
_MOST_OF_A_LIST = 1000
# Shorter than a date of eight digits, and than a CPF or a card that is taken for a number.
_MOST = 9_999_999


class NotAllowed(Exception):
    """A value that does not get into the log."""


def allowed(key: str, value: object) -> Written:
    """Return a value as it is written.

    Raises:
        NotAllowed: Nothing is known of the key, or it cannot have this value.
    """
    check = KEYS.get(key)
    if check is None:
        raise NotAllowed
    return check(value)


def told_of(error: BaseException) -> dict[str, object]:
    """Return kind and places of an error and of what brought it about, never a word of its text."""
    told: dict[str, object] = {}
    for one in reversed([error, *_causes(error)]):
        told = {
            "type": type(one).__name__,
            **_code(one),
            "at": _places(one),
            **({"because": told} if told else {}),
        }
    return told


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen = {id(error)}
    for _ in range(_MOST_CAUSES):
        further = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if further is None or id(further) in seen:
            return
        seen.add(id(further))
        yield further
        error = further


def _code(error: BaseException) -> dict[str, str]:
    """Return the name of the system's or of SQLite's own code, which says what the text would."""
    number = getattr(error, "errno", None)
    name = getattr(error, "sqlite_errorname", None)
    if isinstance(error, OSError) and isinstance(number, int) and number in errno.errorcode:
        return {"code": errno.errorcode[number]}
    if isinstance(name, str) and _SQLITE_CODE.fullmatch(name):
        return {"code": name}
    return {}


def _places(error: BaseException) -> list[str]:
    """Return module and line, the innermost last."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "?")
        places.append(f"{module}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places[-_MOST_FRAMES:]


def _error(value: object) -> dict[str, object]:
    if not isinstance(value, BaseException):
        raise NotAllowed
    return told_of(value)


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise NotAllowed
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
        raise NotAllowed
    return value


def _operation(value: object) -> str:
    if not isinstance(value, UUID):
        raise NotAllowed
    return str(value)


def _receipt(value: object) -> str:
    if not isinstance(value, str) or read(value) is None:
        raise NotAllowed
    return str(value)


def _device(value: object) -> str:
    if not isinstance(value, str) or not is_device_code(value):
        raise NotAllowed
    return value


def _list_of(check: Callable[[object], str]) -> Callable[[object], list[str]]:
    def checked(value: object) -> list[str]:
        if not isinstance(value, list) or len(value) > _MOST_OF_A_LIST:
            raise NotAllowed
        return [check(one) for one in value]

    return checked


def _like(pattern: str) -> Callable[[object], str]:
    expression = re.compile(pattern, re.ASCII)

    def checked(value: object) -> str:
        if not isinstance(value, str) or expression.fullmatch(value) is None:
            raise NotAllowed
        return str(value)

    return checked


def _one_of(*words: str | type[StrEnum]) -> Callable[[object], str]:
    known = {str(one) for word in words for one in ([word] if isinstance(word, str) else word)}

    def checked(value: object) -> str:
        if not isinstance(value, str) or str(value) not in known:
            raise NotAllowed
        return str(value)

    return checked


_SQLITE_CODE = re.compile(r"SQLITE_[A-Z_]{1,40}")
KEYS: Mapping[str, Callable[[object], Written]] = MappingProxyType(
    {
        "error": _error,
        "code": _like("[0-9A-F]{4}"),
        "operation": _operation,
        "operations": _list_of(_operation),
        "replaces": _operation,
        "receipt": _receipt,
        "receipts": _list_of(_receipt),
        "device": _device,
        "kind": _one_of(OperationKind),
        "outcome": _one_of(Outcome),
        "reason": _one_of(Reason, ParkedReason),
        # The name of a kind of error, or one of the program's own words.
        "cause": _like(
            "certificate|undecodable|damaged|oversized|internal|not authorised|InvalidURL"
            "|HTTP [1-5][0-9]{2}"
            "|[A-Z][A-Za-z]{0,30}(?:Error|Timeout|Failure|Exception)"
        ),
        "exchange": _one_of("push", "pull"),
        "doubt": _one_of("unsound", "gone", "short_piece", "other_content"),
        "snapshot": _like("[0-9a-f]{32}"),
        "key": _like("[0-9a-f]{16}"),
        "custody": _one_of("keyring", "systemd", "file", "demo"),
        "damage": _one_of(Damage),
        "file": _like(
            r"(?:device|copy)(?:-[0-9]{6})?\.sqlite3(?:\.before-[0-9]{4})?"
            r"|(?:device|registry)-crash-[0-9]{8}T[0-9]{6}Z\.txt"
        ),
        "quarantine": _like("quarantine/[0-9]{1,6}"),
        "ended_suddenly": _yes_or_no,
        "is_repeated": _yes_or_no,
        "count": _count,
        "number": _count,
        "megabytes": _count,
        "lost": _count,
    }
)
