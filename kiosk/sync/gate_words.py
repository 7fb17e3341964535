"""Learning this device's gate and release keys from the registry, when a pull says they changed."""

import logging

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kiosk.store.kept_gates import HeldKey, KeptGate
from kiosk.store.registry_keys import RegistryKeys
from kiosk.sync.registries import GateTeller, NotAuthorised, NotUnderstood, Unreachable
from kiosk.wire.gate_words import GateRequest, NotTheRegistrysWord, understood

_log = logging.getLogger(__name__)


class GateLearner:
    """Keeps what is known of the gate up to date.

    Args:
        registry: Whom to ask.
        device: Who is asking.
        keys: Whose word is believed.
        gates: Where it is kept.
    """

    def __init__(
        self, registry: GateTeller, device: str, keys: RegistryKeys, gates: KeptGate
    ) -> None:
        self._registry = registry
        self._device = device
        self._keys = keys
        self._gates = gates

    def learn(self, tag: str) -> None:
        """Ask for the word that goes with a tag, unless it is here; the next pull asks again.

        Args:
            tag: As the registry told it with a pull.
        """
        identity = self._keys.identity()
        if tag == self._gates.tag() or identity is None:
            return
        # Drawn for this request alone: what is sealed to it opens nowhere else, and never again.
        private = X25519PrivateKey.generate()
        request = GateRequest(
            device=self._device, public_key=private.public_key().public_bytes_raw()
        )
        try:
            word = understood(self._registry.gate(request), identity, self._device, private)
        except (Unreachable, NotAuthorised, NotUnderstood) as failure:
            _log.info("gate_not_learnt", extra={"error": failure})
            return
        except NotTheRegistrysWord:
            _log.error("gate_word_not_vouched_for")
            return
        self._gates.keep(
            word.gate,
            word.tag,
            tuple(
                HeldKey(one.kiosk, one.name, one.kiosk_key, one.registry_key) for one in word.keys
            ),
        )
        _log.info("gate_learnt", extra={"count": len(word.keys)})

    def shut_out(self) -> None:
        """Let go of the release keys: the registry says that this device is one no more."""
        if self._gates.kiosks():
            _log.info("release_keys_let_go")
        self._gates.forget_keys()
