"""What is said when something could not be done, whatever it was."""

from __future__ import annotations

REDIS_AWAY = (
    "Redis does not answer, so nothing was changed. The cameras keep their last orders. "
    "Please try again in a moment."
)
REDIS_AWAY_QUESTION = (
    "Redis does not answer, so this cannot be told at present. The cameras keep their last orders. "
    "Please try again in a moment."
)
REDIS_LOST = (
    "Redis stopped answering in the middle, so it is not certain whether anything was changed. "
    "`/pi_status` tells, once it is back."
)
DISK_FULL = (
    "The disk is full or cannot be written, so this could not be done. `/pi_status` shows the space left."
)
BUSY = "pycam is still at work on the last such command; please try again in a moment."
FAILED = "Something went wrong inside pycam and this was not done; its log says what."
