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
            "de novo. Você também pode redefinir a senha, fazer o cadastro, ou ligar para "
            "0800 888 9504, a qualquer hora.",
        ),
        SignInResult.MUST_REGISTER: translate(
            "sign_ins",
            "Sua senha está certa, mas é de um aplicativo antigo. Para usar o PAS/SERPRO (2024), "
            "faça o cadastro uma vez. O que você digitou já está aqui.",
        ),
        SignInResult.MUST_RESET: translate(
            "sign_ins",
            "Sua senha do Portal está certa, mas só entra com o número do cartão. Para entrar com "
            "CPF ou e-mail, redefina a senha uma vez. O que você digitou já está aqui.",
        ),
        SignInResult.NOT_COVERED: translate(
            "sign_ins",
            "O plano informa que este cartão não está mais ativo, por isso a conta não abre. Se "
            "você acha que é um engano, ligue para 0800 888 9504 ou fale com o balcão.",
        ),
    }[result]


def needs_line_words() -> str:
    """Return the sentences for a sign-in that nobody can answer now."""
    return QCoreApplication.translate(
        "sign_ins",
        "O login precisa da linha com o cadastro central, e ela está fora agora. O que dá para "
        "fazer já: “Cadastro” e “Esqueci minha senha” funcionam sem linha. Se for urgente, fale "
        "com o balcão ou ligue para 0800 888 9504.",
    )
