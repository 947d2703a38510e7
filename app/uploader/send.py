"""One tagged sample into the bucket: pictures, tag.json, and sample.json last.

The objects are named as on the disk, so that a folder fetched from the bucket is a sample again, and the rule
is the disk's own: without sample.json there is no sample. A reader never takes half of one for whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Protocol

from app.store.bucket import Content
from app.store.tagged import TaggedSample


class Place(Protocol):
    """What of a Bucket is needed here."""

    def sizes(self, prefix: str) -> dict[str, int]: ...
    def holds(self, key: str, content: Content) -> bool: ...
    def put(self, key: str, content: Content) -> None: ...


class Outcome(Enum):
    """UNKNOWN: only a tag is here, and its sample is not there: it is on its way, or nobody has it any more."""

    SAFE = "safe"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


def send(place: Place, prefix: str, sample: TaggedSample, go_on: Callable[[int], bool]) -> Outcome:
    """Make the bucket hold all of `sample` below `prefix`; what is there already is only verified.

    `go_on(bytes)` is told after each object how large it was; False ends with STOPPED.
    SAFE means: the service confirmed the checksum of every object. Raises BucketError or OSError.
    """
    there = place.sizes(f"{prefix}{sample.id}/")
    if sample.record is None and f"{prefix}{sample.id}/sample.json" not in there:
        return Outcome.UNKNOWN
    for name, content in _in_order(sample):
        key = f"{prefix}{sample.id}/{name}"
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        if there.get(key) != size or not place.holds(key, content):
            place.put(key, content)
        if not go_on(size):
            return Outcome.STOPPED
    return Outcome.SAFE


def _in_order(sample: TaggedSample) -> Iterator[tuple[str, Content]]:
    for picture in sample.pictures:
        yield picture.name, picture
    yield "tag.json", sample.tag  # as it was looked at: a newer one is another upload
    if sample.record is not None:
        yield "sample.json", sample.record
