"""What a page of events costs with many of them: `python -m bench.events_page [EVENTS]`.

The same history with 500 and with 50,000 events, each on its own folder and its own database of one real Redis; every
question goes to the one and the other in turn. Times include Redis, parsing, and the look at the newest day's folder
that opens a list. Making the index reads every event from the disk: here from the page cache, a cold SD card is slower.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import redis

from app.demo.redis_server import NoRedis, PrivateRedis
from app.domain import Tag, new_event_id
from app.history import disk
from app.history.history import History
from app.state.connection import connect
from app.state.entries import Filters
from app.store.events import ClipFacts, EventRecord, EventStore, KeepRecord, TagRecord

FEW, MANY = 500, 50_000
DAYS = 30
NOON = 1_795_176_000.0
ROUNDS = 40
CAMERAS = ("front", "back", "garage", "garden")
LIMIT = 50


def main() -> int:
    """Print the table; the exit code."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    with tempfile.TemporaryDirectory() as folder:
        try:
            server = PrivateRedis(Path(folder))
        except NoRedis as error:
            print(f"bench.events_page needs redis-server: {error}", file=sys.stderr)
            return 1
        try:
            measure(Path(folder), server.url, many)
        finally:
            server.stop()
    return 0


def measure(folder: Path, url: str, many: int) -> None:
    """Both histories, made and asked."""
    histories: list[History] = []
    made: list[float] = []
    bytes_each: list[float] = []
    for database, count in enumerate((FEW, many)):
        events = EventStore(folder / str(count))
        write(events, count)
        client = connect(f"{url}{'&' if '?' in url else '?'}db={database}")
        history = History(events, client)
        before = memory(client)
        made.append(timed(history.mirror.rebuild))
        bytes_each.append((memory(client) - before) / count)
        histories.append(history)
    show(f"{'':44} {FEW:>9,} {many:>9,}  ratio")
    row("the index made anew, s", made)
    row("  the same for each event, µs", [s / n * 1e6 for s, n in zip(made, (FEW, many), strict=True)])
    row("Redis memory for each event, bytes", bytes_each)
    row(
        "the first page, all days compared, ms",
        [timed(lambda h=h: h.page(Filters())) * 1e3 for h in histories],
    )
    for name, ask in questions():
        row(f"{name}, ms", [seconds * 1e3 for seconds in in_turn(ask, histories, ROUNDS)])
    show("From the disk, without the index:")
    for name, filters, rounds in (
        ("the first page", Filters(), 5),
        ("kept (1 in 100)", Filters(kept=True), 1),
    ):
        took = in_turn(lambda h, f=filters: disk.page(h.events, f, None, LIMIT), histories, rounds)
        row(f"{name}, ms", [seconds * 1e3 for seconds in took])


def questions() -> list[tuple[str, Callable[[History], object]]]:
    """What a person asks of a list."""
    middle = new_event_id("front", NOON - DAYS / 2 * 86_400)
    rare = Filters(camera="garden", tag=Tag.OCCUPIED, clip=True, min_score=0.9)
    return [
        ("the first page", lambda h: h.page(Filters(), limit=LIMIT)),
        ("a page in the middle", lambda h: h.page(Filters(), middle, limit=LIMIT)),
        ("one camera", lambda h: h.page(Filters(camera="garden"), limit=LIMIT)),
        ("kept (1 in 100)", lambda h: h.page(Filters(kept=True), limit=LIMIT)),
        ("four filters at once", lambda h: h.page(rare, limit=LIMIT)),
        ("a score that 1 in 70 reach", lambda h: h.page(Filters(min_score=0.98), limit=LIMIT)),
        ("a score that nobody reaches", lambda h: h.page(Filters(min_score=1), limit=LIMIT)),
        ("how many on each of 30 days", lambda h: h.days(Filters(), limit=30)),
    ]


def write(events: EventStore, count: int) -> None:
    """`count` events over DAYS, as the processes leave them. Not fsynced: that is not what is measured."""
    chance = random.Random(count)  # noqa: S311 — the same history each time
    for number in range(count):
        started = NOON - DAYS * 86_400 * (number + 1) / count
        camera = chance.choice(CAMERAS)
        id_ = new_event_id(camera, started)
        place = events.root / f"{id_[:4]}-{id_[4:6]}-{id_[6:8]}" / id_
        place.mkdir(parents=True)
        event = EventRecord(
            id=id_,
            camera=camera,
            started=started,
            ended=started + chance.uniform(5, 60),
            person_score=chance.uniform(0.3, 0.99),
            boxes=((10, 20, 30, 40),),
            announced=True,
            clip=ClipFacts(seconds=20) if chance.random() < 0.9 else None,
        )
        (place / "event.json").write_text(event.model_dump_json(indent=1))
        if chance.random() < 0.3:
            tag = TagRecord(tag=chance.choice(list(Tag)), by="U1", at=started)
            (place / "tag.json").write_text(tag.model_dump_json())
        if number % 100 == 0:
            (place / "keep.json").write_text(KeepRecord(by="U1", at=started).model_dump_json())


def in_turn(ask: Callable[[History], object], histories: list[History], rounds: int) -> list[float]:
    """Median seconds for each, asked one after the other so that a busy machine is busy for all."""
    took: list[list[float]] = [[] for _ in histories]
    for _ in range(rounds):
        for history, times in zip(histories, took, strict=True):
            times.append(timed(lambda h=history: ask(h)))
    return [median(times) for times in took]


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def memory(client: redis.Redis) -> float:
    return float(client.info("memory")["used_memory"])  # type: ignore[index]


def row(name: str, values: list[float]) -> None:
    few, many = values
    show(f"{name:44} {few:>9.2f} {many:>9.2f} {many / few:>6.2f}")


def show(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
