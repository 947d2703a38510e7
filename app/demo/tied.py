"""A command whose process ends with the one that starts it, even if that one is killed with SIGKILL."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

# In a process of its own rather than as preexec_fn: Python code between fork and exec can dead-lock where other
# threads run. The request outlives the exec. 1 is PR_SET_PDEATHSIG (prctl(2)); whoever started it may have died
# before it was made, which only the parent's number tells.
_TIE = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, int(signal.SIGKILL))
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
os.execvp(sys.argv[2], sys.argv[2:])
"""


def tied(command: Sequence[str]) -> list[str]:
    """`command` so that Linux sends it SIGKILL when the *thread* that starts it ends; as it is elsewhere.

    So start it from the main thread, or from one that outlives it. What the command starts itself is not tied.
    """
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-I", "-S", "-c", _TIE, str(os.getpid()), *command]
