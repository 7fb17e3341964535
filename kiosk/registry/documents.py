"""The OpenAPI document of the service, made from the messages themselves."""

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from kiosk.registry.problems import MEDIA_TYPE as PROBLEM_MEDIA_TYPE
from kiosk.wire import messages
from kiosk.wire.messages import Message, Problem

_TEMPLATE = "#/components/schemas/{name}"
_BYTES = {messages.BYTES_MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}
_PROBLEMS = {
    "400": "O pedido foi danificado no caminho: não é o que o seu content-digest diz, ou não há "
    "content-digest",
    "401": "O pedido não tem assinatura que valha, foi feito fora de hora ou já chegou antes",
    "403": "O aparelho não tem acesso ou não pode pedir isto, ou o código de inscrição não vale",
    "409": "O código de aparelho é de outro",
    "410": "O cursor não é deste cadastro, ou o arquivo não existe mais",
    "413": "O pedido é grande demais",
    "422": "O pedido não foi entendido",
    "429": "Tentativas demais deste endereço",
    "500": "Erro interno",
    "503": "O banco de dados está ocupado",
}


def describe(
    answer: type[Message] | None, asked: type[Message] | None = None, *more_problems: str
) -> dict[str, Any]:
    """Return what FastAPI cannot know of a route whose bodies it does not read itself.

    Args:
        answer: What comes back with status 200; None where it is bytes.
        asked: What is sent; None where nothing is.
        more_problems: Statuses with which it may be refused besides those of every route.
    """
    responses: dict[str, Any] = {
        "200": {
            "description": "Resposta",
            "content": _BYTES if answer is None else _content(messages.MEDIA_TYPE, answer),
        }
    }
    usual = ("500",) if asked is None else ("400", "401", "403", "413", "422", "500", "503")
    for status in dict.fromkeys((*more_problems, *usual)):
        responses[status] = {
            "description": _PROBLEMS[status],
            "content": _content(PROBLEM_MEDIA_TYPE, Problem),
        }
    described: dict[str, Any] = {"responses": responses}
    if asked is not None:
        content = _content(messages.MEDIA_TYPE, asked)
        described["requestBody"] = {"required": True, "content": content}
    return described


def publish_document(app: FastAPI, known: tuple[type[Message], ...]) -> None:
    """Make an application's document carry the schemas of the messages it names."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
            _, components = msgspec.json.schema_components(
                (*known, Problem), ref_template=_TEMPLATE
            )
            schema.setdefault("components", {}).setdefault("schemas", {}).update(components)
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _content(media_type: str, message: type[Message]) -> dict[str, Any]:
    return {media_type: {"schema": {"$ref": _TEMPLATE.format(name=message.__name__)}}}
