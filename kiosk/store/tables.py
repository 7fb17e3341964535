"""The tables of the device's store. Instants are milliseconds since 1970 in UTC."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

receipts = Table(
    "receipts",
    metadata,
    # AUTOINCREMENT: a number once given is never given again, whatever is deleted.
    Column("counter", Integer, primary_key=True, autoincrement=True),
    Column("operation", LargeBinary(16), nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("card_proof", LargeBinary(32)),
    Column("birth_date_proof", LargeBinary(32), nullable=False),
    Column("outcome", Text),
    Column("reason", Text),
    Column("decided_at", BigInteger),
    Column("label", Text, nullable=False, server_default=""),
    Column("made_by", Text, nullable=False, server_default=""),
    # What the registry had when it decided.
    Column("found_origin", Text),
    Column("found_status", Text),
    Column("found_changed_at", BigInteger),
    # The receipt under which the same wish was sent again.
    Column("replaced_by", Integer),
    # What a member of staff said when they handed it on or withdrew it.
    Column("note", Text),
    # 1 where it could not be told here whose the card was, else None.
    Column("unverified", Integer),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    Column("sequence", Integer, ForeignKey("receipts.counter"), primary_key=True),
    Column("id", LargeBinary(16), nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("subject", LargeBinary(32), nullable=False),
    Column("receipt", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("seen", Text),
    Column("body", LargeBinary, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    # Milliseconds of the running program's monotonic clock; void for the next one.
    Column("not_before", BigInteger),
    Column("claimed_until", BigInteger),
    Column("parked_reason", Text),
    Column("last_error", Text),
    # SHA-256 of the message; None in rows of programs that made none.
    Column("digest", LargeBinary(32)),
    # Id and sequence of the first operation of the wish, where this one was sent again for it.
    Column("replaces", LargeBinary(16)),
    Column("acted_sequence", Integer),
    Column("handed_at", BigInteger),
    # Of the same person, the one before it that was unanswered when this one was recorded. By it,
    # and not by an index of persons, whose keys come in no order, order is kept.
    Column("follows", Integer),
)
# What the registry took in lately, as it was sent: a registry that was restored from an older copy
# is sent it again.
delivered = Table(
    "delivered",
    metadata,
    Column("sequence", Integer, primary_key=True),
    Column("id", LargeBinary(16), nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", LargeBinary(32), nullable=False),
    Column("receipt", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("seen", Text),
    Column("body", LargeBinary, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("digest", LargeBinary(32)),
    Column("replaces", LargeBinary(16)),
    Column("acted_sequence", Integer),
    Column("decided_at", BigInteger, nullable=False),
)
# Few rows are held or parked, however many wait: looking for them must not read the others.
Index(
    "outbox_held",
    outbox.c.sequence,
    sqlite_where=outbox.c.claimed_until.is_not(None) | outbox.c.not_before.is_not(None),
)
Index("outbox_parked", outbox.c.sequence, sqlite_where=outbox.c.parked_reason.is_not(None))
# The newest answers may lie below a million receipts that wait.
Index("receipts_answered", receipts.c.counter, sqlite_where=receipts.c.outcome.is_not(None))

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("event", Text, nullable=False),
    Column("operation", LargeBinary(16)),
    Column("detail", Text),
    # Of the chain (kiosk.domain.audit_chains). Triggers keep the rows as they are.
    Column("link", LargeBinary(32), nullable=False),
)
# How often the chain was restored is asked with each push.
Index("audit_restored", audit.c.id, sqlite_where=audit.c.event == "chain_restored")

# Failures in a row. subject is a keyed digest of what was typed, known or not; at is a millisecond
# of the time for which this device has run.
throttles = Table(
    "throttles",
    metadata,
    Column("subject", LargeBinary(32), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# The keys of the release codes of some kiosks: a kiosk has the half that it verifies, of itself; a
# desk both of each kiosk of its site.
release_keys = Table(
    "release_keys",
    metadata,
    Column("kiosk", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kiosk_key", LargeBinary(32), nullable=False),
    Column("registry_key", LargeBinary(32)),
)

# Release codes that were used here.
spent_codes = Table(
    "spent_codes",
    metadata,
    Column("code", LargeBinary(32), primary_key=True),
    Column("at", BigInteger, nullable=False),
)
