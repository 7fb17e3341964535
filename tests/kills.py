"""SIGKILL before every step by which a program makes, copies, renames or removes a file."""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

_STEPS = {
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "shutil.copyfile",
}
_WITH_TARGET = {"os.rename", "shutil.copyfile"}
_MOST_STEPS = 500
_SPARSE = 5


def kill_at_each_step(
    template: Path,
    work: Path,
    act: Callable[[Path], None],
    look: Callable[[Path], object],
    sparse: str | None = None,
) -> None:
    """Print, for every step of ``act``, what ``look`` sees after a kill before that step.

    Runs in a process of its own with one thread, since it forks. A line of JSON a step; the last
    run is not killed.

    Args:
        template: The data directory at the beginning, copied for every step.
        work: Where the copies are made.
        act: What is killed.
        look: What the next start does and sees; its answer goes into JSON.
        sparse: A folder of copies, in which a kill before every fifth step is enough.
    """
    for step in count(1):
        data_dir = work / f"step{step}"
        shutil.copytree(template, data_dir)
        is_killed = _in_a_child(partial(_act, act, data_dir, step, sparse))
        print(json.dumps({"step": step, "killed": is_killed, "seen": look(data_dir)}))  # noqa: T201
        shutil.rmtree(data_dir)
        if not is_killed:
            return
        if step > _MOST_STEPS:
            raise RuntimeError("there is no end of steps")


def _in_a_child(run: Callable[[], None]) -> bool:
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            run()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status) == signal.SIGKILL
    if os.WEXITSTATUS(status):
        raise RuntimeError("the act failed before it was killed")
    return False


def _act(act: Callable[[Path], None], data_dir: Path, last_step: int, sparse: str | None) -> None:
    steps, among_copies = count(1), count()
    folder = os.fspath(data_dir)

    def hook(event: str, words: tuple[object, ...]) -> None:
        if event not in _STEPS or folder not in str(words):
            return
        # Removing what is not there changes nothing.
        if event == "os.remove" and not os.path.lexists(str(words[0])):
            return
        target = words[1] if event in _WITH_TARGET else words[0]
        if sparse and sparse in str(target) and next(among_copies) % _SPARSE:
            return
        if next(steps) == last_step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    act(data_dir)
