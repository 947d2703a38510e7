"""The message of the week: what happened, how much of it was right, what tuning would gain, how pycam is. Pure.

A line for each, none for what is not known. A week without an event is one line: silence would look like a broken
appliance.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from app.slack.digest_facts import (
    DAY_SECONDS,
    CameraHours,
    Counts,
    Digest,
    Room,
    Running,
    Trend,
    Verdict,
)
from app.slack.wording import duration, escape, listing

WORTH_TELLING_SECONDS = 60.0
"""A camera that is opened anew gives no picture for some seconds; that is no news after a week."""


def text(digest: Digest) -> str:
    """The whole message, in Slack's mrkdwn."""
    span = f"{_day(digest.since)} to {_day(digest.until)}"
    if not digest.counts.events:
        said = [f"A quiet {_span(digest)}, {span}: no event.", *_running(digest.running)]
        return " ".join([*said, f"{_bytes(digest.room.free)} free on the disk."])
    lines = [
        _events(digest.counts),
        *_tags(digest),
        *_gains(digest),
        *_joined(_running(digest.running)),
        _room(digest.room),
    ]
    return "\n".join([f"*Your {_span(digest)} with pycam*, {span}", *(f"• {line}" for line in lines)])


def _events(counts: Counts) -> str:
    parts = [_count(counts.alerts, "alert")]
    if counts.marked:
        parts.append(f"{counts.marked} marked as probably nothing")
    if counts.held:
        parts.append(f"{counts.held} held as probably nothing")
    if counts.silent:
        parts.append(f"{counts.silent} without a message")
    where = ", ".join(f"{escape(name)} {count}" for name, count in counts.cameras)
    return f"*{_count(counts.events, 'event')}* ({where}): {listing(parts)}."


def _tags(digest: Digest) -> Iterator[str]:
    counts, share = digest.counts, digest.share
    tagged = counts.occupied + counts.unoccupied
    if not tagged:
        yield "Nothing is tagged, so nobody can say how much of it was right: the buttons below an alert tell pycam."
        return
    left = f"; {_count(counts.untagged_alerts, 'alert')} not tagged yet" if counts.untagged_alerts else ""
    yield f"*{tagged} tagged*: {counts.occupied} occupied, {counts.unoccupied} unoccupied{left}."
    if share is not None:
        sure = f"95 % sure: between {_percent(share.low)} and {_percent(share.high)} % of all"
        yield (
            f"*{share.right} of {share.of} tagged alerts were right*, {_percent(share.right / share.of)} % ({sure})"
            f"{_compared(digest)}."
        )


def _compared(digest: Digest) -> str:
    if digest.before is None:
        return ""
    then = f"{digest.before.right} of {digest.before.of}"
    span = f"the {_span(digest)} before"
    match digest.trend:
        case Trend.BETTER | Trend.WORSE:
            return f": {digest.trend} than {span} ({then})"
        case Trend.UNCLEAR:
            return f"; {span} {then}, which is no clear change"


def _gains(digest: Digest) -> Iterator[str]:
    if (tuning := digest.tuning) is not None:
        match tuning.verdict:
            case Verdict.SPARES:
                yield f"Tuning would spare you about {tuning.gone} of {_count(tuning.of, 'false alarm')}: `/tune`."
            case Verdict.NOTHING:
                yield f"Tuning would gain nothing now: {escape(tuning.why)}."
            case Verdict.BUSY:
                yield "What tuning would gain is not known: somebody was tuning just then."
            case Verdict.SLOW:
                yield "What tuning would gain is not known: it took too long. `/tune` has the time."
            case Verdict.FAILED:
                yield "What tuning would gain is not known: it failed, and pycam's log says why."
    if (learning := digest.learning) is not None and learning.verdict is Verdict.SPARES:
        yield (
            f"Learning would mark about {learning.gone} of {_count(learning.of, 'false alarm')} as probably nothing: "
            "`sudo pycam learn`."
        )


def _running(running: Running) -> Iterator[str]:
    parts = []
    if running.ran is not None and running.counted > 0:
        gap = running.counted - running.ran
        # Rounded down: 100 % is what had no gap but that of a restart.
        share = 1.0 if gap < WORTH_TELLING_SECONDS else running.ran / running.counted
        parts.append(f"pycam ran {int(share * 1000) / 10:g} % of {duration(running.counted)}")
    if running.machine is not None:
        parts.append(f"{'the' if parts else 'The'} machine has been up for {duration(running.machine)}")
    if parts:
        yield f"{', '.join(parts)}."
    for camera in running.cameras:
        yield f"{_camera(camera)}."


def _camera(camera: CameraHours) -> str:
    name = f"*{escape(camera.name)}*"
    blind = camera.blind >= WORTH_TELLING_SECONDS
    if camera.watched < WORTH_TELLING_SECONDS and not blind:
        said = f"{name} was never armed"
    else:
        said = f"{name} watched for {duration(camera.watched)}"
    if blind:
        said += f", and for {duration(camera.blind)} it should have but gave no pictures"
    if camera.unheard >= WORTH_TELLING_SECONDS:
        said += f"; of {duration(camera.unheard)} nothing is known"
    return said


def _room(room: Room) -> str:
    said = f"*{_bytes(room.free)} free* on the disk; these events take {_bytes(room.events)}."
    if room.holds_days is not None:
        days = f"{_count(int(room.holds_days), 'day')}"
        if room.keep_days and room.holds_days >= room.keep_days:
            said += f" There is room for more than the {_count(room.keep_days, 'day')} that `storage.keep_days` keeps."
        elif room.keep_days:
            said += (
                f" At this rate the disk holds {days} of them, not the {room.keep_days} of `storage.keep_days`: "
                "the oldest go earlier."
            )
        else:
            said += f" At this rate the disk holds {days} of them; then the oldest go."
    if room.oldest is not None:
        said += f" The oldest is of {_day(room.oldest)}."
    return said


def _joined(sentences: Iterator[str]) -> Iterator[str]:
    if said := " ".join(sentences):
        yield said


def _span(digest: Digest) -> str:
    days = round((digest.until - digest.since) / DAY_SECONDS)
    return "week" if days == 7 else _count(days, "day")


def _day(moment: float) -> str:
    """A day that Slack shows in the reader's own zone; UTC's where it cannot."""
    return f"<!date^{int(moment)}^{{date_short}}|{datetime.fromtimestamp(int(moment), UTC):%Y-%m-%d}>"


def _count(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _percent(share: float) -> str:
    return f"{share * 100:.0f}"


def _bytes(size: float) -> str:
    if size < 1e6:
        return "less than 1 MB"
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
