import logging

import pytest

from tests.log_lines import lines_of
from ui.base.errors import ErrorPath, code_of, place_of


def fail(text: str) -> None:
    raise ValueError(text)


def caught(text: str) -> ValueError:
    try:
        fail(text)
    except ValueError as error:
        return error
    pytest.fail("nothing was raised")


def test_code_depends_on_the_place_and_not_on_the_text() -> None:
    first, second = caught("529.982.247-25"), caught("outra pessoa")
    assert code_of(first) == code_of(second)
    assert len(code_of(first)) == 4
    assert place_of(first).startswith("ValueError test_errors.py:")


def test_error_that_was_never_raised_has_a_place_too() -> None:
    assert place_of(KeyError("x")) == "KeyError ?"


@pytest.mark.usefixtures("expected_stumbles")
def test_report_logs_without_the_text_and_shows_the_code(caplog: pytest.LogCaptureFixture) -> None:
    shown: list[str] = []
    error = caught("529.982.247-25")
    with caplog.at_level(logging.ERROR):
        ErrorPath(shown.append).report(error)
    assert shown == [code_of(error)]
    told = lines_of(caplog.records)
    assert "529" not in told
    assert code_of(error) in told
