"""What a person's hands do on a stage, journey after journey."""

from PySide6.QtWidgets import QAbstractButton

from kiosk.registry.demonstrations import DemoPerson, Journey, demo_people
from ui.tour.stages import Stage

NEW_PASSWORD = "três araras azuis voando"
OTHER_PASSWORD = "a serra inteira em flor"
FAIR_PASSWORD = "flor73921"
COMMON_PASSWORD = "Jabuticaba2024"


def sample(journey: Journey) -> DemoPerson:
    """Return the sample person of a journey."""
    return next(one for one in demo_people() if one.journey is journey)


def fill_registration(stage: Stage, person: DemoPerson, password: str) -> None:
    """Fill in Cadastro for a person."""
    stage.fill("registrationCard", person.card_number)
    if person.cpf is None:
        stage.press("registrationNoCpf")
    else:
        stage.fill("registrationCpf", person.cpf)
    stage.fill("registrationBirthDate", person.birth_date.strftime("%d%m%Y"))
    stage.fill("registrationPassword", password)
    stage.fill("registrationConfirmation", password)


def fill_reset(stage: Stage, person: DemoPerson, identifier: str, password: str) -> None:
    """Fill in Redefinição de senha for a person."""
    stage.fill("resetCardOrEmail", identifier)
    stage.fill("resetCpf", person.cpf or "")
    stage.fill("resetBirthDate", person.birth_date.strftime("%d%m%Y"))
    stage.fill("resetPassword", password)
    stage.fill("resetConfirmation", password)


def see_strength(stage: Stage, form: str, words: str) -> None:
    """Wait until the meter of a form says how strong its password is."""
    label = f"{form}PasswordStrength"
    stage.wait_until(lambda: stage.text_of(label).startswith(words), f"“{words}”")


def sign_in(stage: Stage, identifier: str, password: str) -> None:
    """Fill in Login and press Entrar."""
    stage.fill("signInIdentifier", identifier)
    stage.fill("signInPassword", password)
    stage.press("signInSubmit")


def go_to(stage: Stage, button: str, screen: str) -> None:
    """Press a button of the start screen and arrive."""
    stage.wait_for_screen("startScreen")
    stage.press(button)
    stage.wait_for_screen(screen)


def submit(stage: Stage, button: str) -> None:
    """Press a form's button and wait for what became of it."""
    stage.press(button)
    stage.wait_for_screen("outcomeScreen")


def enter(stage: Stage, identifier: str, password: str) -> None:
    """Sign in from the start screen and see Minha conta."""
    go_to(stage, "startSignIn", "signInScreen")
    sign_in(stage, identifier, password)
    stage.wait_for_screen("accountScreen")


def is_online(stage: Stage) -> bool:
    """Tell whether the foot of the screen says that the line is up."""
    return stage.text_of("statusLine").startswith("Em linha")


def see(stage: Stage, title: str) -> None:
    """Wait until Consultar recibo has answered, and make sure of what."""
    stage.wait_until(lambda: stage.text_of("receiptAnswerTitle") == title, f"“{title}”")


def try_now(stage: Stage) -> None:
    """Press Tentar agora in the queue, once what is chosen is not on its way already."""
    button = stage.find("queueTryNow", QAbstractButton)
    stage.wait_until(lambda: button.isVisible() and button.isEnabled(), "Tentar agora")
    button.click()


def leave(stage: Stage) -> None:
    """End the session."""
    stage.press("accountEnd")
    stage.wait_for_screen("startScreen")
