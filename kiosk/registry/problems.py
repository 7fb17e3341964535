"""Every refusal of the service as problem details (RFC 9457), without a word about a person."""

import logging

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kiosk.database.statements import DATABASE_FAILURES
from kiosk.registry.claims import NotUnderstood
from kiosk.registry.feeds import CursorGone
from kiosk.registry.operations import NotADevice
from kiosk.registry.snapshot_files import SnapshotGone
from kiosk.wire.messages import DIGEST_HEADER, Problem, content_digest, encode
from kiosk.wire.sealed_bodies import CannotOpen

MEDIA_TYPE = "application/problem+json"
BUSY_RETRY_SECONDS = 5
UNTYPED = "about:blank"
_REFUSED = "Pedido recusado"

_log = logging.getLogger(__name__)
_TITLES = {
    400: "Pedido danificado no caminho",
    401: "Pedido sem assinatura que valha",
    403: "Aparelho sem acesso",
    404: "Endereço desconhecido",
    405: "Método não aceito neste endereço",
    410: "Cursor que não é deste cadastro, ou arquivo que não existe mais",
    413: "Pedido grande demais",
    422: "Pedido não entendido",
    429: "Tentativas demais",
    500: "Erro interno",
    503: "Banco de dados ocupado",
}


class Refused(Exception):
    """A request that is answered with a problem.

    Args:
        status: The HTTP status.
        detail: What was not understood, without its content.
        kind: What the device tells it by.
        now: The registry's clock, where that of the device is at fault.
        retry_after: Seconds.
    """

    def __init__(
        self,
        status: int,
        detail: str | None = None,
        *,
        kind: str = UNTYPED,
        now: int | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(status)
        self.problem = Problem(
            title=_TITLES.get(status, _REFUSED), status=status, type=kind, detail=detail, now=now
        )
        self.headers = {} if retry_after is None else {"Retry-After": str(retry_after)}


def problem_response(
    status: int, detail: str | None = None, headers: dict[str, str] | None = None
) -> Response:
    """Return a response that carries problem details."""
    title = _TITLES.get(status, _REFUSED)
    return _respond(Problem(title=title, status=status, detail=detail), headers)


def _respond(problem: Problem, headers: dict[str, str] | None) -> Response:
    content = encode(problem)
    said = {DIGEST_HEADER: content_digest(content), **(headers or {})}
    return Response(content, status_code=problem.status, headers=said, media_type=MEDIA_TYPE)


def answer_problems(app: FastAPI) -> None:
    """Make an application answer whatever goes wrong with problem details."""
    app.add_exception_handler(Refused, _on_refused)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(NotUnderstood, _on_not_understood)
    app.add_exception_handler(CannotOpen, _on_cannot_open)
    app.add_exception_handler(NotADevice, _on_not_a_device)
    app.add_exception_handler(CursorGone, _on_gone)
    app.add_exception_handler(SnapshotGone, _on_gone)
    for failure in DATABASE_FAILURES:
        app.add_exception_handler(failure, _on_busy)
    app.add_middleware(_LastResort)


async def _on_refused(_request: Request, refused: Exception) -> Response:
    assert isinstance(refused, Refused)  # noqa: S101 - registered for this type alone
    return _respond(refused.problem, refused.headers)


async def _on_http_exception(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)  # noqa: S101 - registered for this type alone
    return problem_response(problem.status_code, headers=dict(problem.headers or {}))


async def _on_not_understood(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, NotUnderstood)  # noqa: S101 - registered for this type alone
    _note_key(problem.key_id)
    return problem_response(422, f"operação {problem.index}: {problem.what}{_key(problem.key_id)}")


async def _on_cannot_open(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, CannotOpen)  # noqa: S101 - registered for this type alone
    _note_key(problem.key_id)
    return problem_response(422, f"sealed{_key(problem.key_id)}")


async def _on_not_a_device(_request: Request, _problem: Exception) -> Response:
    return problem_response(422, "device")


async def _on_gone(_request: Request, _problem: Exception) -> Response:
    return problem_response(410)


async def _on_busy(_request: Request, problem: Exception) -> Response:
    _log.error("database_silent", extra={"error": problem})
    return problem_response(503, headers={"Retry-After": str(BUSY_RETRY_SECONDS)})


def _note_key(key_id: str | None) -> None:
    if key_id is not None:
        _log.warning("sealed_body_closed", extra={"key": key_id})


def _key(key_id: str | None) -> str:
    return "" if key_id is None else f" (chave {key_id})"


class _LastResort:
    """Answers what nothing else has caught, and logs its type and place, never its text."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watched_send(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except Exception as problem:  # noqa: BLE001 - the service outlives any single request
            _log.error("request_failed", extra={"error": problem})
            if scope["type"] == "http" and not begun:
                await problem_response(500)(scope, receive, send)
