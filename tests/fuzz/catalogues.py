"""All targets."""

from tests.fuzz import (
    carried_files,
    configurations,
    forms,
    mails_and_logs,
    own_files,
    seals,
    services,
    typed_texts,
    wire_messages,
)
from tests.fuzz.targets import Target

_MODULES = (
    typed_texts,
    forms,
    wire_messages,
    seals,
    services,
    carried_files,
    own_files,
    mails_and_logs,
    configurations,
)

TARGETS: dict[str, Target] = {one.name: one for module in _MODULES for one in module.TARGETS}
MODULES = {one.name: module.__name__ for module in _MODULES for one in module.TARGETS}
"""The module of each."""
