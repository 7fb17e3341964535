"""Merging a loaded roster into the registry, in statements over all people at once.

The roster stands in the temporary table ``incoming``. Membership is the plan's and always follows
it; origin and password follow it only while there is no 2024 account; the e-mail only where none
was set here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)

from kiosk.database.statements import driver_of, driver_sql
from kiosk.domain.people import Origin
from kiosk.registry import feeds
from kiosk.registry.audit_trails import Event, append
from kiosk.registry.tables import Change, EmailSource, changes, people

_MEMBERSHIP = (
    "holder_id",
    "card_number",
    "cpf",
    "birth_date",
    "full_name",
    "social_name",
    "status",
)
_CREDENTIAL = ("origin", "password_hash", "plan_hash_digest")
_EMAIL = ("email", "email_key")

temporary = MetaData()
incoming = Table(
    "incoming",
    temporary,
    Column("line", Integer, primary_key=True),
    Column("person_id", Text, nullable=False, unique=True),
    Column("holder_id", Text),
    Column("card_number", Text, nullable=False, unique=True),
    Column("cpf", String(11), unique=True),
    Column("birth_date", Date, nullable=False),
    Column("full_name", Text, nullable=False),
    Column("social_name", Text),
    Column("email", Text),
    Column("email_key", Text),
    Column("status", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("password_hash", Text),
    Column("plan_hash_digest", LargeBinary(32)),
    Column("ref", String(32), nullable=False),
    prefixes=["TEMPORARY"],
)
left_out = Table(
    "left_out",
    temporary,
    Column("line", Integer, primary_key=True),
    Column("person_id", Text, index=True),
    Column("reason", Text, nullable=False),
    prefixes=["TEMPORARY"],
)
_touched = Table(
    "touched",
    temporary,
    Column("person_id", Text, primary_key=True),
    Column("line", Integer, nullable=False),
    Column("membership", Boolean, nullable=False),
    Column("moves", Boolean, nullable=False),
    Column("credential", Boolean, nullable=False),
    Column("email", Boolean, nullable=False),
    prefixes=["TEMPORARY"],
)
_shared_before = Table(
    "shared_before",
    temporary,
    Column("email_key", Text, primary_key=True),
    Column("was_shared", Boolean, nullable=False),
    prefixes=["TEMPORARY"],
)

_STANDINGS = {
    flag.name: driver_sql(select(_touched.c.person_id).where(flag).order_by(_touched.c.line))
    for flag in (_touched.c.membership, _touched.c.credential, _touched.c.email)
}
_is_known = exists().where(people.c.person_id == incoming.c.person_id)


@dataclass(frozen=True, slots=True)
class Merged:
    """How many people an import added and changed."""

    added: int
    changed: int


def merge(connection: Connection, at: int) -> Merged:
    """Bring the registry to what ``incoming`` says; the same again writes nothing.

    Args:
        connection: In a transaction that may write, with the temporary tables made and filled.
        at: Registry time, milliseconds since 1970, UTC.
    """
    # A person left out keeps card and CPF, which may be what another row was to get.
    while any(_leave_out_taken(connection, name) for name in ("card_number", "cpf")):
        pass
    changed = _find_touched(connection)
    added: int = connection.execute(
        select(func.count()).select_from(incoming).where(~_is_known)
    ).scalar_one()
    if not added and not changed:
        return Merged(0, 0)
    before = feeds.last_position(connection)
    _remember_shared(connection)
    _append_changes(connection, at)
    _update(connection, before)
    _add(connection, added)
    _append_shared_flips(connection, before, at)
    _append_audit(connection, at, added)
    return Merged(added, changed)


def _leave_out_taken(connection: Connection, name: str) -> bool:
    """Leave out rows whose card or CPF belongs to somebody of whom the file does not speak."""
    other = incoming.alias()
    is_spoken_of = exists().where(other.c.person_id == people.c.person_id)
    reason = literal(f"{name} já é de outra pessoa do cadastro")
    taken = (
        select(incoming.c.line, incoming.c.person_id, reason)
        .join(people, people.c[name] == incoming.c[name])
        .where(people.c.person_id != incoming.c.person_id, ~is_spoken_of)
    )
    statement = insert(left_out).from_select(["line", "person_id", "reason"], taken)
    if connection.execute(statement).rowcount == 0:
        return False
    connection.execute(delete(incoming).where(incoming.c.line.in_(select(left_out.c.line))))
    return True


def _find_touched(connection: Connection) -> int:
    membership = or_(*(_differs(name) for name in _MEMBERSHIP))
    moves = or_(_differs("card_number"), _differs("cpf"))
    # Compared is what the plan sent, not what is kept: a password hashed anew here is the same one.
    credential = and_(
        people.c.origin != Origin.APP_2024,
        or_(_differs("origin"), _differs("plan_hash_digest")),
    )
    email = and_(
        people.c.email_source.is_distinct_from(EmailSource.HERE),
        _differs("email"),
    )
    touched = (
        select(incoming.c.person_id, incoming.c.line, membership, moves, credential, email)
        .join(people, people.c.person_id == incoming.c.person_id)
        .where(or_(membership, credential, email))
    )
    columns = ["person_id", "line", "membership", "moves", "credential", "email"]
    return connection.execute(insert(_touched).from_select(columns, touched)).rowcount


def _differs(name: str) -> ColumnElement[bool]:
    return people.c[name].is_distinct_from(incoming.c[name])


def _remember_shared(connection: Connection) -> None:
    """Note which of the addresses that come or go are shared now."""
    going = (
        select(people.c.email_key)
        .join(_touched, _touched.c.person_id == people.c.person_id)
        .where(_touched.c.email)
    )
    coming = (
        select(incoming.c.email_key)
        .outerjoin(_touched, _touched.c.person_id == incoming.c.person_id)
        .where(or_(_touched.c.email, ~_is_known))
    )
    shared = (
        select(people.c.email_key, func.count() > 1)
        .where(people.c.email_key.in_(going.union(coming)))
        .group_by(people.c.email_key)
    )
    connection.execute(insert(_shared_before).from_select(["email_key", "was_shared"], shared))


def _append_changes(connection: Connection, at: int) -> None:
    """Tell the feed once of everybody who is new or touched, in the order of the file."""
    touched = exists().where(_touched.c.person_id == incoming.c.person_id)
    rows = (
        select(literal(at), literal(str(Change.IMPORTED)), incoming.c.person_id)
        .where(or_(touched, ~_is_known))
        .order_by(incoming.c.line)
    )
    connection.execute(insert(changes).from_select(["at", "what", "person_id"], rows))


def _update(connection: Connection, before: int) -> None:
    is_touched = [
        people.c.person_id == incoming.c.person_id,
        people.c.person_id == _touched.c.person_id,
    ]
    # Two people may swap cards: whoever moves first steps aside.
    connection.execute(
        update(people)
        .values(card_number=literal("moving:") + people.c.person_id, cpf=null())
        .where(
            people.c.person_id.in_(select(_touched.c.person_id).where(_touched.c.moves)),
        )
    )
    for flag, names in (
        (_touched.c.membership, _MEMBERSHIP),
        (_touched.c.credential, _CREDENTIAL),
        (_touched.c.email, _EMAIL),
    ):
        values = {name: incoming.c[name] for name in names}
        connection.execute(update(people).values(values).where(*is_touched, flag))
    connection.execute(
        update(people)
        .values(email_source=case((people.c.email.is_(None), null()), else_=EmailSource.PLAN))
        .where(people.c.person_id == _touched.c.person_id, _touched.c.email)
    )
    is_told = [
        changes.c.position > before,
        people.c.person_id == changes.c.person_id,
        people.c.person_id == _touched.c.person_id,
    ]
    connection.execute(
        update(people)
        .values(credential_changed_at=changes.c.position, credential_changed_by=null())
        .where(*is_told, _touched.c.credential)
    )
    connection.execute(
        update(people)
        .values(email_changed_at=changes.c.position, email_changed_by=null())
        .where(*is_told, _touched.c.email)
    )


def _add(connection: Connection, added: int) -> None:
    """Insert new people.

    Their credential and e-mail count as set at position 0: they stood before the registry knew of
    them, so they overtake nobody's operation.
    """
    copied = ("person_id", "ref", *_MEMBERSHIP, *_CREDENTIAL, *_EMAIL)
    source = case((incoming.c.email.is_(None), null()), else_=EmailSource.PLAN)
    rows = (
        select(*(incoming.c[name] for name in copied), source)
        .where(~_is_known)
        .order_by(incoming.c.line)
    )
    held = connection.execute(select(func.count()).select_from(people)).scalar_one()
    # Many rows at once: building an index afterwards is much cheaper than growing it.
    indexes = people.indexes if added > held else ()
    for index in indexes:
        index.drop(connection)
    connection.execute(insert(people).from_select([*copied, "email_source"], rows))
    for index in indexes:
        index.create(connection)


def _append_shared_flips(connection: Connection, before: int, at: int) -> None:
    """Tell the feed of people whose address became shared, or their own, through others."""
    other = people.alias()
    holders = (
        select(func.count())
        .select_from(other)
        .where(other.c.email_key == people.c.email_key)
        .scalar_subquery()
    )
    told = select(changes.c.person_id).where(
        changes.c.position > before, changes.c.person_id.is_not(None)
    )
    rows = (
        select(literal(at), literal(str(Change.EMAIL)), people.c.person_id)
        .join(_shared_before, _shared_before.c.email_key == people.c.email_key)
        .where(_shared_before.c.was_shared != (holders > 1), people.c.person_id.not_in(told))
    )
    connection.execute(insert(changes).from_select(["at", "what", "person_id"], rows))


def _append_audit(connection: Connection, at: int, added: int) -> None:
    """Keep one line for the import, and one for each person whose standing it changed."""
    driver = driver_of(connection)

    def events() -> Iterator[Event]:
        yield Event(at, "import", detail=f"added={added}")
        for flag, query in _STANDINGS.items():
            for (person_id,) in driver.execute(query):
                yield Event(at, f"import_{flag}", person_id=person_id)

    append(driver, events())
