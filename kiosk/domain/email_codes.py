"""Codes by e-mail: six digits to an address that was on file before; only the registry has them."""

from dataclasses import dataclass

from kiosk.domain.throttles import EMAIL_REST_MS

DIGITS = 6
VALID_MS = 10 * 60_000
TRIES = 5
PAUSE_MS = 60_000
SENDINGS = 3
SENDINGS_WINDOW_MS = 60 * 60_000


@dataclass(frozen=True, slots=True)
class CodeState:
    """What is kept of the newest code for one person, purpose and device.

    Attributes:
        issued_at: When it was made.
        tries: Wrong ones since.
        sendings: Codes since ``window_at``, this one included.
        window_at: When the first of them was made.
    """

    issued_at: int
    tries: int
    sendings: int
    window_at: int


def is_open(state: CodeState, now: int) -> bool:
    """Tell whether a code may still be tried."""
    return state.tries < TRIES and 0 <= now - state.issued_at < VALID_MS


def next_sending(state: CodeState | None, now: int) -> CodeState | None:
    """Return the state after one more code was made; None where it is too early for one.

    Args:
        state: Of the code before, or None.
        now: The present instant, of a time that never runs backwards.
    """
    if state is None or now - state.window_at >= SENDINGS_WINDOW_MS:
        return CodeState(now, 0, 1, now)
    if now - state.issued_at < PAUSE_MS or state.sendings >= SENDINGS:
        return None
    return CodeState(now, 0, state.sendings + 1, state.window_at)


def read(typed: str) -> str | None:
    """Return the digits of a typed code; None where it is none."""
    digits = "".join(character for character in typed if not character.isspace())
    return digits if len(digits) == DIGITS and digits.isascii() and digits.isdigit() else None


def is_settled(set_here_at: int | None, now: int) -> bool:
    """Tell whether an address was on file before, so that a code may be sent to it.

    One that was set here a moment ago may be that of whoever knows card, CPF and date of birth, and
    wants the rest. It rests as long as an address does after a reset; whose it was is told of the
    change meanwhile.

    Args:
        set_here_at: When it was set at a device, registry time in milliseconds; None where the plan
            sent it.
        now: Registry time, milliseconds since 1970.
    """
    return set_here_at is None or now - set_here_at >= EMAIL_REST_MS
