"""Login: only the registry can say that somebody is who they say."""

from threading import Event

from kiosk.domain.forms import SignInAttempt, SignInForm, read_sign_in
from kiosk.domain.identifiers import canonical
from kiosk.domain.sign_in import SignInResult, WaysIn
from kiosk.services.answers import (
    Account,
    Cancelled,
    Invalid,
    NeedsLine,
    Refused,
    SignedIn,
    SignInAnswer,
)
from kiosk.services.seals import known_key, sealed_sign_in
from kiosk.services.tools import Tools
from kiosk.store.disks import is_disk_full
from kiosk.store.throttles import Attempt
from kiosk.sync.registries import NotAuthorised, NotUnderstood, Unreachable
from kiosk.wire.messages import SignInResponse

_RIGHT = frozenset(SignInResult) - {SignInResult.NO_MATCH}


def sign_in(tools: Tools, form: SignInForm, cancelled: Event) -> SignInAnswer:
    """Ask the registry whether identifier and password belong together.

    Source: manual, "Login".
    """
    read = read_sign_in(form, tools.rules)
    if not isinstance(read, SignInAttempt):
        return Invalid(read)
    if cancelled.is_set():
        return Cancelled()
    key = known_key(tools)
    if key is None:
        return Cancelled() if cancelled.is_set() else NeedsLine()
    attempt = _begin(tools, read)
    if attempt is not None and attempt.hold is not None:
        # As long as a wrong one takes, and in its words.
        cancelled.wait(tools.refusal_seconds)
        return Cancelled() if cancelled.is_set() else Refused(SignInResult.NO_MATCH)
    request = sealed_sign_in(tools, key, read.identifier, read.password)
    try:
        response = tools.registry.sign_in(request)
    except (Unreachable, NotAuthorised, NotUnderstood):
        if attempt is not None:
            tools.throttle.give_back(attempt)
        return Cancelled() if cancelled.is_set() else NeedsLine()
    if attempt is not None and response.result in _RIGHT:
        tools.throttle.forgive(attempt)
    return Cancelled() if cancelled.is_set() else _answer(response)


def _begin(tools: Tools, read: SignInAttempt) -> Attempt | None:
    """Count an attempt; None on a full disk, where the registry alone counts it."""
    try:
        return tools.throttle.begin([canonical(read.identifier)])
    except BaseException as error:
        if is_disk_full(error):
            return None
        raise


def _answer(response: SignInResponse) -> SignInAnswer:
    try:
        result = SignInResult(response.result)
    except ValueError:
        # A word of a later registry: nobody is let in on something that was not understood.
        return NeedsLine()
    view = response.account
    if result is not SignInResult.SIGNED_IN:
        return Refused(result, response.calls_attendant)
    if view is None:
        return NeedsLine()
    ways_in = WaysIn(card=view.opens_by_card, cpf=view.opens_by_cpf, email=view.opens_by_email)
    return SignedIn(Account(view.shown_name, view.card_number, ways_in, view.masked_email))
