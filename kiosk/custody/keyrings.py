"""A key in the keyring of the system: Secret Service, KWallet, Windows' and macOS's own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kiosk.complaints import Complaint
from kiosk.custody.custodies import read_keys
from kiosk.database.keys import StoreKey

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_SERVICE = "kiosk-pas"
# By the module they come from. Whatever else calls itself a keyring may be a file in the clear.
_TRUSTED = (
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "keyring.backends.Windows",
    "keyring.backends.macOS",
)
_WAYS_OUT = (
    "Abra o programa na sessão do usuário a quem ele pertence, com o chaveiro destrancado, ou "
    "escolha outra custódia (systemd ou file)."
)


class SystemKeyring:
    """Keeps the key in the keyring of the user's session.

    Args:
        name: Under which it is kept.
        backend: The keyring; None for the best one there is.
        trusted: Modules of backends that are keyrings indeed.
    """

    def __init__(
        self,
        name: str,
        backend: "KeyringBackend | None" = None,
        trusted: Sequence[str] = _TRUSTED,
    ) -> None:
        self._name = name
        self._backend = backend
        self._trusted = trusted

    def load(self) -> tuple[StoreKey, ...]:
        """Return what is kept; see ``Custody``."""
        from keyring.errors import KeyringError

        try:
            written = self._chosen().get_password(_SERVICE, self._name)
        except KeyringError:
            raise _closed() from None
        return () if written is None else read_keys(written, "no chaveiro do sistema")

    def keep(self, keys: Sequence[StoreKey]) -> None:
        """Keep these keys; see ``Custody``."""
        from keyring.errors import KeyringError

        written = "\n".join(key.written() for key in keys)
        try:
            self._chosen().set_password(_SERVICE, self._name, written)
        except KeyringError:
            raise _closed() from None
        if self.load() != tuple(keys):
            raise Complaint(f"O chaveiro do sistema não guardou a chave. {_WAYS_OUT}")

    def _chosen(self) -> "KeyringBackend":
        # Imported here: it looks for backends everywhere, which takes a tenth of a second.
        import keyring
        from keyring.backends.chainer import ChainerBackend

        found = self._backend or keyring.get_keyring()
        candidates = found.backends if isinstance(found, ChainerBackend) else [found]
        for one in candidates:
            if type(one).__module__ in self._trusted:
                return one
        raise Complaint(
            f"Não há neste ambiente um chaveiro do sistema em que se possa confiar. {_WAYS_OUT}"
        )


def _closed() -> Complaint:
    return Complaint(f"O chaveiro do sistema não abriu, e nada foi tocado. {_WAYS_OUT}")
