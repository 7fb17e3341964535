"""Reading the log again: the lines of a machine, or those of one operation, in words."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from kiosk.log_events import EVENTS, LEVELS, NAMES

_SHOWN_OF_A_LIST = 3
_DEEPEST = 8
# What the programs call what people do, and what becomes of it.
_WORDS = {
    "register": "Cadastro",
    "reset": "redefinição de senha",
    "set_email": "registro de e-mail",
    "accepted": "aceito",
    "rejected": "recusado",
    "quarantined": "à espera de um supervisor",
    "withdrawn": "retirado",
    "replaced": "enviado de novo",
    "not authorised": "sem acesso",
}


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a log.

    Attributes:
        program: Whose log it stands in: ``device`` or ``registry``.
        said: What it says, by key.
    """

    program: str
    said: Mapping[str, Any]

    @property
    def at(self) -> str:
        """When, in UTC, as it can be sorted."""
        return str(self.said.get("at", ""))


def read_lines(folder: Path) -> list[LogLine]:
    """Return the lines of both programs' logs in a folder, the oldest first.

    What is no whole line (a disk was full, say) is passed over.

    Raises:
        OSError: A file cannot be read.
    """
    found = [
        LogLine(program, said)
        for program in ("device", "registry")
        for path in _files(folder / f"{program}.log")
        for said in _said(path)
    ]
    return sorted(found, key=lambda line: line.at)


def of_operation(lines: Sequence[LogLine], wanted: str) -> list[LogLine]:
    """Return the lines about one operation.

    Args:
        lines: To look through.
        wanted: Its id, or the number of its receipt.
    """
    ids = {wanted}
    for line in lines:
        said = line.said
        if said.get("receipt") == wanted and "operation" in said:
            ids.add(said["operation"])
        pairs = zip(said.get("receipts", ()), said.get("operations", ()), strict=False)
        ids.update(operation for receipt, operation in pairs if receipt == wanted)
    return [_alone(line, ids) for line in lines if ids & _named(line.said)]


def in_words(line: LogLine) -> str:
    """Return a line as a technician reads it, in the time of this machine."""
    said = dict(line.said)
    event = said.pop("event", "")
    head = (
        _local(said.pop("at", "")),
        line.program,
        said.pop("device", None) or "-",
        LEVELS.get(said.pop("level", ""), "?"),
    )
    for unseen in ("logger", "run"):
        said.pop(unseen, None)
    rest = "; ".join(f"{NAMES.get(key, key)}: {_value(value)}" for key, value in said.items())
    words = EVENTS.get(event, event)
    return "  ".join((*head, f"{words} ({rest})" if rest else words))


def _files(newest: Path) -> list[Path]:
    older = [
        (int(path.suffix[1:]), path)
        for path in newest.parent.glob(f"{newest.name}.*")
        if path.suffix[1:].isdecimal()
    ]
    return [*(path for _, path in sorted(older, reverse=True)), *[newest] * newest.is_file()]


def _said(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                said = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(said, dict) and _is_of_its_kind(said):
                yield said


def _is_of_its_kind(said: Mapping[str, Any]) -> bool:
    """Tell whether a line says what it says in the form in which it is written."""
    texts = [said.get(key, "") for key in ("at", "level", "event")]
    names = [said.get(key) or "" for key in ("device", "operation", "replaces", "receipt")]
    lists = [said.get(key, []) for key in ("operations", "receipts")]
    if not all(isinstance(one, list) for one in lists):
        return False
    return all(isinstance(one, str) for one in (*texts, *names, *lists[0], *lists[1]))


def _named(said: Mapping[str, Any]) -> set[str]:
    single = {said[key] for key in ("operation", "replaces", "receipt") if key in said}
    return single | {*said.get("operations", ()), *said.get("receipts", ())}


def _alone(line: LogLine, ids: set[str]) -> LogLine:
    """Leave the other operations of a batch out of a line."""
    said = dict(line.said)
    kept = [at for at, one in enumerate(said.get("operations", ())) if one in ids]
    for key in ("operations", "receipts"):
        if key in said:
            said[key] = [said[key][at] for at in kept if at < len(said[key])]
    return LogLine(line.program, said)


def _local(at: str) -> str:
    try:
        return datetime.fromisoformat(at).astimezone().strftime("%d/%m/%Y %H:%M:%S")
    except ValueError:
        return "?"


def _value(value: object, deep: int = 0) -> str:
    if deep > _DEEPEST:
        return "…"
    if isinstance(value, bool):
        return "sim" if value else "não"
    if isinstance(value, dict):
        code = f" {value['code']}" if "code" in value else ""
        because = (
            f", por causa de {_value(value['because'], deep + 1)}" if "because" in value else ""
        )
        places = value.get("at", [])
        where = " > ".join(map(str, places)) if isinstance(places, list) else str(places)
        return f"{value.get('type')}{code} em {where}{because}"
    if isinstance(value, list):
        more = len(value) - _SHOWN_OF_A_LIST
        shown = ", ".join(str(one) for one in value[:_SHOWN_OF_A_LIST])
        return shown if more <= 0 else f"{shown} e mais {more}"
    return _WORDS.get(str(value), str(value))
