"""The chains of the devices' own audits, as far as they have told of them with their deliveries."""

import sqlite3

from kiosk.domain.audit_chains import (
    ChainReport,
    Continuation,
    Head,
    KnownChain,
    continuation,
)
from kiosk.registry.audit_trails import Event
from kiosk.wire.messages import ChainMessage, HeadMessage

_FIND = "SELECT number, link, restorations FROM device_chains WHERE device = ?"
_BEGIN = (
    "INSERT INTO device_chains (device, number, link, restorations, heard_at)"
    " VALUES (?, ?, ?, ?, ?)"
)
_GO_ON = (
    "UPDATE device_chains SET number = ?, link = ?, restorations = ?, heard_at = ? WHERE device = ?"
)
_BREAK = "UPDATE device_chains SET broken_how = ?, broken_at = ? WHERE device = ?"


def hear(
    driver: sqlite3.Connection, device: str, said: ChainMessage, now: int
) -> tuple[HeadMessage, list[Event]]:
    """Take in what a device says of its chain.

    Args:
        driver: In a transaction that keeps other writers out from its beginning.
        device: Its code.
        said: What came with a delivery.
        now: Registry time, milliseconds since 1970.

    Returns:
        The head that is held from now on, and what has to be noted of it.
    """
    head = Head(said.head.number, said.head.link)
    row = driver.execute(_FIND, (device,)).fetchone()
    if row is None:
        driver.execute(_BEGIN, (device, head.number, head.link, said.restorations, now))
        return said.head, []
    known = KnownChain(Head(row[0], row[1]), row[2])
    found = continuation(known, ChainReport(head, said.restorations, said.at, said.link))
    if found is Continuation.UNPROVEN:
        return HeadMessage(number=known.head.number, link=known.head.link), []
    driver.execute(_GO_ON, (head.number, head.link, said.restorations, now, device))
    if found is Continuation.GROWN:
        return said.head, []
    driver.execute(_BREAK, (found.value, now, device))
    keeps = said.link == known.head.link
    detail = f"known={known.head} now={head} keeps_known={'yes' if keeps else 'no'}"
    return said.head, [Event(now, f"device_chain_{found}", device, detail=detail)]
