"""Login: only the registry can say that somebody is who they say."""

from threading import Event

from kiosk.domain.forms import SignInAttempt, SignInForm, read_sign_in
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
from kiosk.services.tools import Tools
from kiosk.sync.registries import NotAuthorised, NotUnderstood, Unreachable
from kiosk.wire.messages import SignInRequest, SignInResponse


def sign_in(tools: Tools, form: SignInForm, cancelled: Event) -> SignInAnswer:
    """Ask the registry whether identifier and password belong together.

    Source: manual, "Login".
    """
    read = read_sign_in(form, tools.rules)
    if not isinstance(read, SignInAttempt):
        return Invalid(read)
    if cancelled.is_set():
        return Cancelled()
    request = SignInRequest(
        device=tools.identity.code, identifier=read.identifier, password=read.password
    )
    try:
        response = tools.registry.sign_in(request)
    except (Unreachable, NotAuthorised, NotUnderstood):
        return Cancelled() if cancelled.is_set() else NeedsLine()
    return Cancelled() if cancelled.is_set() else _answer(response)


def _answer(response: SignInResponse) -> SignInAnswer:
    try:
        result = SignInResult(response.result)
    except ValueError:
        # A word of a later registry: nobody is let in on something that was not understood.
        return NeedsLine()
    view = response.account
    if result is not SignInResult.SIGNED_IN:
        return Refused(result)
    if view is None:
        return NeedsLine()
    ways_in = WaysIn(card=view.opens_by_card, cpf=view.opens_by_cpf, email=view.opens_by_email)
    return SignedIn(Account(view.shown_name, view.card_number, ways_in, view.masked_email))
