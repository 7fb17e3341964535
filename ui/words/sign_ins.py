"""What an attempt to sign in came to."""

from PySide6.QtCore import QCoreApplication

from kiosk.domain.sign_in import SignInResult


def refusal_words(result: SignInResult) -> str:
    """Return the sentences for an attempt that did not open the account."""
    translate = QCoreApplication.translate
    return {
        SignInResult.SIGNED_IN: translate("sign_ins", "Você entrou."),
        SignInResult.NO_MATCH: translate(
            "sign_ins",
            "Os dados não conferem. Confira o que digitou e espere alguns minutos antes de tentar "
            "de novo. Você também pode usar “Esqueci minha senha” ou “Cadastro”, ou ligar para "
            "0800 888 9504, a qualquer hora.",
        ),
        SignInResult.MUST_REGISTER: translate(
            "sign_ins",
            "Sua senha está certa, mas é de um aplicativo antigo. Para usar o PAS/SERPRO (2024), "
            "faça o cadastro uma vez.",
        ),
        SignInResult.MUST_RESET: translate(
            "sign_ins",
            "Sua senha do Portal está certa, mas só entra com o cartão. Para entrar com CPF ou "
            "e-mail, redefina a senha uma vez.",
        ),
        SignInResult.NOT_COVERED: translate(
            "sign_ins",
            "O plano informa que este cartão não está mais ativo, por isso a conta não abre. Se "
            "você acha que é um engano, ligue para 0800 888 9504 ou procure o balcão.",
        ),
    }[result]


def needs_line_words() -> str:
    """Return the sentences for a sign-in that nobody can answer now."""
    return QCoreApplication.translate(
        "sign_ins",
        "O login precisa da linha com o cadastro central, e ela está fora agora. Tente de novo "
        "mais tarde. “Cadastro” e “Esqueci minha senha” você já pode pedir: o pedido fica guardado "
        "até a linha voltar. Se for urgente, procure o balcão ou ligue para 0800 888 9504.",
    )
