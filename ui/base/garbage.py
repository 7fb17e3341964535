"""When the interpreter looks for reference cycles, which it does in whatever thread it happens."""

import gc

# How many more objects there are before it looks. A form sent or a batch delivered makes some
# thousands, nearly all of which go by themselves.
_NEW_OBJECTS = 20_000


def put_off() -> None:
    """Look for none while the program arrives: what is loaded stays anyway."""
    gc.disable()


def leave_out_what_stays() -> None:
    """Look for cycles from now on, but only among what is made from now on.

    Looking through everything that a running program consists of takes longer than a person should
    wait for a key, and no thread runs meanwhile.
    """
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
    gc.enable()
