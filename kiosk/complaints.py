"""The one way in which a command says that the person who typed it can put it right."""


class Complaint(Exception):
    """Ends a command with one line on standard error and a non-zero exit, never a traceback.

    Args:
        message: One line of pt-BR that says what happened and what to do.
        exit_code: 2 where the words of the command are wrong, 1 where the world is.
    """

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code
