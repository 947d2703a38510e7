"""The invariants about what is kept: tags, whole samples on disk or in S3, flat memory, quiet logs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from statistics import median

from app.domain import EVENT_ID
from app.store.events import EventStore
from soak.oracle import possible
from soak.watcher import Watcher
from soak.world import SAMPLE_FRAMES, World

GROWTH = 1.25
"""The later third of a process's sizes against the earlier; every start anew is a little different."""

MIN_READINGS = 30
"""Of a process's size: fewer say nothing of growth."""

_TRACE = re.compile(r"^Traceback", re.MULTILINE)


class Keeping:
    """Asked in calm."""

    def __init__(self, world: World, watcher: Watcher) -> None:
        self._world, self._watcher = world, watcher
        self.tags = self.samples_here = self.samples_there = self.unfinished = 0

    def violations(self, now: float) -> Iterator[str]:
        """Everything that is lost or half."""
        yield from self._tags(now)
        yield from self._samples()
        yield from self._logs()

    def _tags(self, now: float) -> Iterator[str]:
        store = EventStore(self._world.data / "events")
        acts, _ = self._world.truth.copied()
        keys = {act.key for act in acts if act.key.startswith("tag:")}
        self.tags = len(keys)
        for key in sorted(keys):
            event_id = key.removeprefix("tag:")
            tag = store.tag_of(event_id)
            allowed = {act.value for act in possible(acts, key, now)}
            if (tag.tag.value if tag else None) not in allowed:
                yield f"event {event_id} is tagged {tag.tag if tag else None}, but what was acknowledged is {allowed}"

    def _samples(self) -> Iterator[str]:
        there = self._in_s3()
        store = EventStore(self._world.data / "events")
        self.samples_here = self.samples_there = self.unfinished = 0
        root = self._world.data / "samples"
        for folder in sorted(root.glob("*/")):
            if EVENT_ID.fullmatch(folder.name) and not (folder / "sample.json").exists():
                self.unfinished += 1
        for id_ in sorted(self._watcher.samples):
            folder = root / id_
            if (folder / "sample.json").exists():
                self.samples_here += 1
                frames = len(json.loads((folder / "sample.json").read_bytes())["frames"])
                pictures = [path for path in folder.glob("*.jpg") if path.stat().st_size]
                if len(pictures) != frames or not 0 < frames <= SAMPLE_FRAMES:
                    yield f"the sample {id_} has {len(pictures)} of {frames} pictures"
            elif "sample.json" in there.get(id_, {}):
                self.samples_there += 1
                frames = len(json.loads(there[id_]["sample.json"])["frames"])
                pictures_there = [name for name in there[id_] if name.endswith(".jpg")]
                tag = store.tag_of(id_)
                kept = json.loads(there[id_]["tag.json"])["tag"] if "tag.json" in there[id_] else None
                if len(pictures_there) != frames or kept is None:
                    yield f"the sample {id_} is in S3 with {len(pictures_there)} of {frames} pictures, tag {kept}"
                elif tag is not None and kept != tag.tag and not (folder / "tag.json").exists():
                    yield f"the sample {id_} is in S3 as {kept}, its event is tagged {tag.tag}"
            else:
                yield f"the sample {id_} was whole once, and is neither on disk nor in S3"

    def _in_s3(self) -> dict[str, dict[str, bytes]]:
        found: dict[str, dict[str, bytes]] = {}
        for key, data in self._world.s3.objects(self._world.bucket).items():
            _, _, id_, name = key.split("/")
            found.setdefault(id_, {})[name] = data
        return found

    def _logs(self) -> Iterator[str]:
        for path in sorted(self._world.folder.glob("*.log")):
            text = path.read_text(encoding="utf-8", errors="replace")
            for found in list(_TRACE.finditer(text))[:3]:
                yield f"{path.name} holds a traceback: {text[max(0, found.start() - 200) : found.start() + 1500]}"

    def memory(self) -> Iterator[str]:
        """Whether a process grew; asked once, at the end."""
        for name, sizes in sorted(self._watcher.resident.items()):
            third = len(sizes) // 3
            if len(sizes) < MIN_READINGS:
                continue
            early, late = median(sizes[:third]), median(sizes[-third:])
            if late > early * GROWTH:
                yield f"{name} grew from {early:.0f} to {late:.0f} MB"
