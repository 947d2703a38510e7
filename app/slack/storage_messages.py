"""What pycam says in Slack about its disk. Pure."""

from __future__ import annotations


def events_removed(count: int, free_mb: float, min_free_mb: float) -> str:
    """Old events had to go because the disk is nearly full."""
    what = "the oldest event was" if count == 1 else f"the {count} oldest events were"
    return (
        f":warning: The disk had only {free_mb:.0f} MB free, less than the {min_free_mb:.0f} MB that are to stay free: "
        f"{what} removed from it, and more will go as new ones come. Make room, or lower `training.max_mb`."
    )


def events_expired(count: int, keep_days: int) -> str:
    """The first events have become too old."""
    what = "the first one was" if count == 1 else f"the first {count} were"
    return (
        f"Events are removed from the disk when they are older than {keep_days} days (`storage.keep_days`): {what} "
        "just now, and more will go day by day. `pycam events keep ID` keeps one for good, and so does its page on the "
        "dashboard. This is said once."
    )


def only_kept_left(count: int, free_mb: float, min_free_mb: float) -> str:
    """The disk is nearly full, and nothing is left that may go."""
    what = "The one event on it is" if count == 1 else f"The {count} events on it are"
    return (
        f":warning: The disk has only {free_mb:.0f} MB free, less than the {min_free_mb:.0f} MB that are to stay free. "
        f"{what} kept for good, so none was removed. Alerts go on, but soon without clips and pictures on the disk: "
        "make room, or let go of some (`pycam events unkeep`)."
    )
