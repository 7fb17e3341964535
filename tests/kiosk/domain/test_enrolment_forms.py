import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.enrolment_codes import CODE_BYTES, from_bytes, grouped
from kiosk.domain.enrolment_forms import EnrolmentForm, EnrolmentWish, read_enrolment
from kiosk.domain.forms import Field, FieldProblem, Problem

CODE = from_bytes(b"f" * CODE_BYTES)


def test_a_form_that_is_right_is_a_wish() -> None:
    form = EnrolmentForm("cadastro.exemplo", grouped(CODE).lower(), " /etc/ca.pem ")
    assert read_enrolment(form) == EnrolmentWish("https://cadastro.exemplo", CODE, "/etc/ca.pem")
    assert CODE not in repr(read_enrolment(form)) + repr(form)
    without = read_enrolment(EnrolmentForm("cadastro.exemplo", CODE, " "))
    assert isinstance(without, EnrolmentWish)
    assert without.authority is None


@pytest.mark.parametrize(
    ("form", "problems"),
    [
        (
            EnrolmentForm(" ", " ", ""),
            {Field.ADDRESS: FieldProblem.EMPTY, Field.ENROLMENT_CODE: FieldProblem.EMPTY},
        ),
        (
            EnrolmentForm("http://a", CODE[:-1], "a\nb"),
            {
                Field.ADDRESS: FieldProblem.PLAIN_HTTP,
                Field.ENROLMENT_CODE: FieldProblem.NOT_A_CODE,
                Field.AUTHORITY: FieldProblem.NOT_A_FILE,
            },
        ),
        (EnrolmentForm("a b", CODE, ""), {Field.ADDRESS: FieldProblem.NOT_AN_ADDRESS}),
        (EnrolmentForm("a", CODE, "x" * 5000), {Field.AUTHORITY: FieldProblem.NOT_A_FILE}),
    ],
)
def test_a_mistake_is_told_at_its_field(
    form: EnrolmentForm, problems: dict[Field, Problem]
) -> None:
    assert read_enrolment(form) == problems


@given(st.text(), st.text(), st.text())
def test_whatever_is_typed_is_read(address: str, code: str, authority: str) -> None:
    read_enrolment(EnrolmentForm(address, code, authority))
