"""The registry's tables. Every instant is an integer: milliseconds since 1970, UTC.

Each table leads with the person, the device or a growing number, and no foreign key ties two people
together, so that the same schema can be spread over several machines.
"""

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

_GROWING = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s"}
)


class EmailSource(StrEnum):
    """Who set a person's e-mail; what was set here is not the plan's to change."""

    PLAN = "plan"
    HERE = "here"


class Change(StrEnum):
    """What a row of the feed tells."""

    IMPORTED = "imported"
    CREDENTIAL = "credential"
    EMAIL = "email"
    OUTCOME = "outcome"
    DIGESTS = "digests"


# plan_hash_digest is the SHA-256 of the hash the plan sent last. It tells a password changed at the
# Portal from one that was merely hashed anew here, without keeping the weaker hash.
people = Table(
    "people",
    metadata,
    Column("person_id", Text, primary_key=True),
    Column("ref", String(32), nullable=False),
    Column("holder_id", Text),
    Column("card_number", Text, nullable=False),
    Column("cpf", String(11)),
    Column("birth_date", Date, nullable=False),
    Column("full_name", Text, nullable=False),
    Column("social_name", Text),
    Column("status", Text, nullable=False),
    Column("email", Text),
    Column("email_key", Text),
    Column("email_source", Text),
    Column("origin", Text, nullable=False),
    Column("password_hash", Text),
    Column("plan_hash_digest", LargeBinary(32)),
    Column("credential_changed_at", BigInteger, nullable=False, server_default="0"),
    Column("credential_changed_by", Text),
    Column("credential_sequence", BigInteger, nullable=False, server_default="0"),
    Column("email_changed_at", BigInteger, nullable=False, server_default="0"),
    Column("email_changed_by", Text),
    Column("email_sequence", BigInteger, nullable=False, server_default="0"),
    Index("ix_people_ref", "ref", unique=True),
    Index("ix_people_card_number", "card_number", unique=True),
    Index("ix_people_cpf", "cpf", unique=True),
    Index("ix_people_email_key", "email_key"),
)

# card_proof and birth_proof are keyed digests of what was claimed: they let the person who made an
# operation read what became of it, also where it fitted nobody. wish is the id of the first
# operation of several that were sent for the same wish, its own where it was sent once.
operations = Table(
    "operations",
    metadata,
    Column("id", LargeBinary(16), primary_key=True),
    Column("device", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("seen", Text),
    Column("made_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    Column("decided_at", BigInteger, nullable=False),
    Column("person_id", Text),
    Column("card_proof", LargeBinary(32)),
    Column("birth_proof", LargeBinary(32), nullable=False),
    Column("wish", LargeBinary(16)),
    Column("found_origin", Text),
    Column("found_status", Text),
    Column("found_changed_at", BigInteger),
    Column("unverified", Integer),
    Index("ix_operations_device_receipt", "device", "receipt", unique=True),
    Index("ix_operations_wish", "wish"),
)

# The feed. A row speaks of a person, or of an operation and then to its device alone; or to kiosks
# of the digests that have its position.
changes = Table(
    "changes",
    metadata,
    Column("position", _GROWING, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("what", Text, nullable=False),
    Column("person_id", Text),
    Column("operation_id", LargeBinary(16)),
    Column("device", Text),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    Column("id", _GROWING, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("what", Text, nullable=False),
    Column("device", Text),
    Column("operation_id", LargeBinary(16)),
    Column("person_id", Text),
    Column("detail", Text),
    # Of the chain (kiosk.domain.audit_chains). Triggers keep the rows as they are.
    Column("link", LargeBinary(32), nullable=False),
    sqlite_autoincrement=True,
)

# What a device has last shown of the chain of its own audit, and how that was last found broken.
device_chains = Table(
    "device_chains",
    metadata,
    Column("device", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("link", LargeBinary(32), nullable=False),
    Column("restorations", BigInteger, nullable=False),
    Column("heard_at", BigInteger, nullable=False),
    Column("broken_how", Text),
    Column("broken_at", BigInteger),
)


class DeviceState(StrEnum):
    """How a device stands; ``UNENROLLED`` were heard by programs that enrolled none."""

    UNENROLLED = "unenrolled"
    ACTIVE = "active"
    REVOKED = "revoked"
    STOLEN = "stolen"


# What is known of a device: when it was last heard, how far its clock was off then, and to which
# key it said it seals; and how often the keys of its release codes were changed, and when last.
devices = Table(
    "devices",
    metadata,
    Column("device", Text, primary_key=True),
    Column("heard_at", BigInteger),
    Column("skew_ms", BigInteger),
    Column("name", Text),
    Column("site", Text),
    Column("face", Text),
    Column("state", Text, nullable=False, server_default="unenrolled"),
    Column("state_at", BigInteger, nullable=False, server_default="0"),
    # The highest number of its receipts under which an operation was taken in.
    Column("last_sequence", BigInteger, nullable=False, server_default="0"),
    Column("release_generation", BigInteger, nullable=False, server_default="0"),
    Column("release_changed_at", BigInteger, nullable=False, server_default="0"),
    Column("seals_to", String(16)),
)

# A device has one key, and for a while two when it changes it. valid_until of None is without end.
device_keys = Table(
    "device_keys",
    metadata,
    Column("key_id", String(32), primary_key=True),
    Column("device", Text, nullable=False),
    Column("public_key", LargeBinary(32), nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("first_used_at", BigInteger),
    Column("valid_until", BigInteger),
    Index("ix_device_keys_device", "device"),
)

# digest is keyed; the code itself is nowhere. device is the one that gets its key anew, or None for
# a new one. used_by is the key that was let in.
enrolment_codes = Table(
    "enrolment_codes",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("device", Text),
    Column("name", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("face", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_by", String(32)),
)

# Failures in a row. subject is a keyed digest of a person or of what was typed, known or not;
# device is empty where the failures at all devices are counted together.
throttles = Table(
    "throttles",
    metadata,
    Column("subject", String(32), primary_key=True),
    Column("device", Text, primary_key=True),
    Column("failures", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# What was typed at a device since the last success there, each once.
sweeps = Table(
    "sweeps",
    metadata,
    Column("device", Text, primary_key=True),
    Column("subject", String(32), primary_key=True),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# Resets at self-service that took effect.
resets = Table(
    "resets",
    metadata,
    Column("operation_id", LargeBinary(16), primary_key=True),
    Column("subject", String(32), nullable=False),
    Column("device", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_resets_subject", "subject"),
    Index("ix_resets_device", "device", "at"),
)

# Release codes that were used.
spent_codes = Table(
    "spent_codes",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Index("ix_spent_codes_at", "at"),
)

# The newest code sent to each person for each purpose at each device, as a keyed digest.
email_codes = Table(
    "email_codes",
    metadata,
    Column("subject", String(32), primary_key=True),
    Column("device", Text, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("tries", BigInteger, nullable=False),
    Column("sendings", BigInteger, nullable=False),
    Column("window_at", BigInteger, nullable=False),
)

# Mail that is to be sent; a row is in clear, and goes when it was. What is read of it is in
# kiosk.registry.outgoing_mails. Set aside is what no further try is made of.
outgoing = Table(
    "outgoing",
    metadata,
    Column("id", _GROWING, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("what", Text, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False, server_default="0"),
    Column("attempts", BigInteger, nullable=False, server_default="0"),
    Column("not_before", BigInteger, nullable=False, server_default="0"),
    Column("claimed_until", BigInteger, nullable=False, server_default="0"),
    Column("set_aside_at", BigInteger),
    Column("last_error", Text),
    Index("ix_outgoing_expires_at", "expires_at"),
    sqlite_autoincrement=True,
)

# private_key opens what devices sealed to public_key, from made_at on and long after retired_at.
sealing_keys = Table(
    "sealing_keys",
    metadata,
    Column("id", LargeBinary(8), primary_key=True),
    Column("private_key", LargeBinary(32), nullable=False),
    Column("public_key", LargeBinary(32), nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("retired_at", BigInteger),
)

# What kiosks know of each card. It leads with the digest, since what is told of a card last is what
# counts, whoever had it before. verifier is None where the card is good no more. inputs is a keyed
# digest of what the line was made of. position is where the feed tells of it.
digests = Table(
    "digests",
    metadata,
    Column("card", LargeBinary(15), primary_key=True),
    Column("verifier", LargeBinary(15)),
    Column("person_id", Text, nullable=False),
    Column("inputs", LargeBinary(16), nullable=False),
    Column("position", BigInteger, nullable=False),
    Index("ix_digests_person_id", "person_id"),
    Index("ix_digests_position", "position"),
    sqlite_with_rowid=False,
)

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
