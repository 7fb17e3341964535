"""What is wrong with a field, and what to do about it."""

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from kiosk.domain.birth_dates import BirthDateProblem
from kiosk.domain.forms import Field, FieldProblem, Problem, Problems, Rules
from kiosk.domain.passwords import PasswordProblem


def problem_words(
    field: Field, problem: Problem, rules: Rules, *, may_lack_cpf: bool = False
) -> str:
    """Return the sentence for a problem at a field.

    Args:
        field: Where the message stands.
        problem: What the domain says.
        rules: The settings that the sentence names.
        may_lack_cpf: Whether the form has a box for people without CPF.
    """
    if may_lack_cpf and field is Field.CPF and problem is FieldProblem.EMPTY:
        return QCoreApplication.translate("problems", "Digite o CPF ou marque “Não possui CPF”.")
    if problem is FieldProblem.EMPTY or problem is PasswordProblem.EMPTY:
        return _empty(field)
    if isinstance(problem, PasswordProblem):
        return _password(problem, rules)
    if isinstance(problem, BirthDateProblem):
        return _birth_date(problem)
    return _field(problem)


def all_words(
    problems: Problems, rules: Rules, *, may_lack_cpf: bool = False
) -> Mapping[Field, str]:
    """Return the sentences for all problems of a form."""
    return {
        field: problem_words(field, problem, rules, may_lack_cpf=may_lack_cpf)
        for field, problem in problems.items()
    }


def _empty(field: Field) -> str:
    translate = QCoreApplication.translate
    return {
        Field.CARD: translate("problems", "Digite o número do cartão."),
        Field.CARD_OR_EMAIL: translate("problems", "Digite o número do cartão ou o e-mail."),
        Field.IDENTIFIER: translate("problems", "Digite o número do cartão, o CPF ou o e-mail."),
        Field.CPF: translate("problems", "Digite o CPF."),
        Field.BIRTH_DATE: translate("problems", "Digite a data de nascimento."),
        Field.PASSWORD: translate("problems", "Digite a senha."),
        Field.CONFIRMATION: translate("problems", "Digite a mesma senha mais uma vez."),
        Field.RECEIPT: translate("problems", "Digite o número do recibo."),
        Field.PROOF: translate("problems", "Digite o número do cartão ou a data de nascimento."),
        Field.ADDRESS: translate("problems", "Digite o endereço do cadastro central."),
        Field.ENROLMENT_CODE: translate("problems", "Digite o código de inscrição."),
        Field.AUTHORITY: translate("problems", "Diga onde está o arquivo."),
    }[field]


def _field(problem: FieldProblem) -> str:
    translate = QCoreApplication.translate
    return {
        FieldProblem.EMPTY: translate("problems", "Preencha este campo."),
        FieldProblem.NOT_A_CARD: translate(
            "problems",
            "Este não é um número de cartão. Confira os números impressos na carteirinha.",
        ),
        FieldProblem.NOT_A_CPF: translate(
            "problems", "Este CPF não existe. Confira os 11 números, um por um."
        ),
        FieldProblem.CPF_INCOMPLETE: translate(
            "problems", "O CPF está incompleto. Ele tem 11 números."
        ),
        FieldProblem.NOT_CARD_OR_EMAIL: translate(
            "problems", "Digite só o número do cartão, ou o e-mail completo, com @."
        ),
        FieldProblem.NOT_AN_IDENTIFIER: translate(
            "problems", "Digite o número do cartão, o CPF ou o e-mail completo, com @."
        ),
        FieldProblem.UNWRITABLE: translate(
            "problems", "Há um caractere que não pode ser usado. Apague tudo e digite de novo."
        ),
        FieldProblem.TOO_LONG: translate(
            "problems", "O texto é longo demais. Apague tudo e digite de novo."
        ),
        FieldProblem.DIFFERENT: translate(
            "problems", "As duas senhas não são iguais. Digite a mesma senha aqui."
        ),
        FieldProblem.NOT_A_RECEIPT: translate(
            "problems",
            "Este não é um número de recibo. Ele é assim: K7Q2MT-0042-B. Confira letra por letra.",
        ),
        FieldProblem.NOT_A_PROOF: translate(
            "problems", "Digite o número do cartão, ou a data de nascimento como 24/03/1957."
        ),
        FieldProblem.NOT_AN_ADDRESS: translate(
            "problems", "Este não é um endereço. Ele é assim: https://cadastro.exemplo."
        ),
        FieldProblem.PLAIN_HTTP: translate(
            "problems", "Comece com https://; http:// só nesta mesma máquina."
        ),
        FieldProblem.NOT_A_CODE: translate(
            "problems", "O código não confere. São sete grupos de quatro: confira um por um."
        ),
        FieldProblem.NOT_A_FILE: translate("problems", "Este arquivo não pôde ser lido."),
    }[problem]


def _birth_date(problem: BirthDateProblem) -> str:
    translate = QCoreApplication.translate
    return {
        BirthDateProblem.INCOMPLETE: translate(
            "problems", "A data está incompleta. Digite dia, mês e ano, como 24/03/1957."
        ),
        BirthDateProblem.IMPOSSIBLE: translate(
            "problems", "Esta data não existe. Confira o dia, o mês e o ano."
        ),
        BirthDateProblem.FUTURE: translate(
            "problems", "Esta data ainda não chegou. Confira o ano do nascimento."
        ),
        BirthDateProblem.TOO_OLD: translate(
            "problems", "Esta data é antiga demais. Confira o ano do nascimento."
        ),
    }[problem]


def _password(problem: PasswordProblem, rules: Rules) -> str:
    translate = QCoreApplication.translate
    words = {
        PasswordProblem.EMPTY: translate("problems", "Digite uma senha."),
        PasswordProblem.TOO_SHORT: translate(
            "problems", "A senha está curta. Use pelo menos {0} caracteres."
        ),
        PasswordProblem.TOO_LONG: translate(
            "problems", "A senha está longa demais. Use até 1.024 caracteres."
        ),
        PasswordProblem.UNWRITABLE: translate(
            "problems",
            "A senha tem um caractere que não pode ser usado. Apague tudo e digite de novo.",
        ),
        PasswordProblem.OWN_CARD: translate(
            "problems", "A senha não pode ser o número do seu cartão. Escolha outra."
        ),
        PasswordProblem.OWN_CPF: translate(
            "problems", "A senha não pode ser o seu CPF. Escolha outra."
        ),
        PasswordProblem.OWN_BIRTH_DATE: translate(
            "problems", "A senha não pode ser a sua data de nascimento. Escolha outra."
        ),
        PasswordProblem.OWN_EMAIL: translate(
            "problems", "A senha não pode ser o seu e-mail. Escolha outra."
        ),
        PasswordProblem.OWN_NAME: translate(
            "problems", "A senha não pode ser o seu nome. Escolha outra."
        ),
        PasswordProblem.PLAN_WORDS: translate(
            "problems",
            "Esta senha é fácil de adivinhar: é feita de palavras do plano. Escolha outra.",
        ),
        PasswordProblem.REPEATED: translate(
            "problems",
            "Esta senha é fácil de adivinhar: repete sempre o mesmo. Escolha outra.",
        ),
        PasswordProblem.SEQUENCE: translate(
            "problems",
            "Esta senha é fácil de adivinhar: segue a ordem das teclas ou dos números. "
            "Escolha outra.",
        ),
        PasswordProblem.COMMON: translate(
            "problems", "Muita gente usa esta senha. Junte três palavras."
        ),
    }[problem]
    return words.replace("{0}", str(rules.min_password_length))
