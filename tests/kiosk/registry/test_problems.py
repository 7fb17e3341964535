import asyncio
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from starlette.types import Message

from kiosk.registry.problems import answer_problems
from tests.log_lines import lines_of


@pytest.mark.usefixtures("expected_stumbles")
def test_a_fault_amid_an_answer_is_logged_and_ends_it(caplog: pytest.LogCaptureFixture) -> None:
    app = FastAPI()
    answer_problems(app)

    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise ValueError("52998224725")

    @app.get("/")
    async def half() -> StreamingResponse:
        return StreamingResponse(pieces())

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        # Whoever listens for the other side to hang up listens in vain.
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
    asyncio.run(app(scope, receive, send))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[1]["body"] == b"half"
    told = lines_of(caplog.records)
    assert "ValueError" in told
    assert "52998224725" not in told
