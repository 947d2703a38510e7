"""Who may go: pure, so every order of things is tried."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.notifier.lanes import due, lane_of
from app.store.outbox import Item


def item(id_: str, kind: Any = "post", lane: str = "alerts", **rest: Any) -> Item:
    created = rest.pop("created", 0.0)
    return Item(
        id=id_, kind=kind, lane=lane, created=created, payload=rest.pop("payload", {}), progress=rest or {}
    )


def alert(id_: str, event: str, **progress: Any) -> Item:
    return item(id_, "alert", payload={"event": {"id": event}}, **progress)


def edit(id_: str, event: str) -> Item:
    return item(id_, "edit", payload={"event_id": event})


def clip(id_: str, event: str, channel: str | None = None, **progress: Any) -> Item:
    payload = {"event_id": event} | ({"channel": channel} if channel else {})
    return item(id_, "clip", "clips", payload=payload, **progress)


def ids(items: list[Item]) -> list[str]:
    return [found.id for found in items]


def test_one_item_a_lane_the_oldest_first() -> None:
    items = [item("a"), item("b"), item("c", lane="C1"), item("d", lane="C1")]
    assert ids(due(items, set(), {}, 0).items) == ["a", "c"]


def test_a_resting_head_holds_up_its_own_lane_only() -> None:
    items = [item("a"), item("b"), item("c", lane="C1")]
    found = due(items, set(), {"a": 10.0}, now=4.0)
    assert ids(found.items) == ["c"]
    assert found.next_in == 6.0
    assert ids(due(items, set(), {"a": 10.0}, now=10.0).items) == ["a", "c"]


def test_a_better_picture_waits_for_the_first_one_and_the_text_passes_both() -> None:
    better = item("b", "edit", payload={"event_id": "E1", "picture_taken": 5.0})
    items = [alert("a", "E1", ts="1"), better, edit("e", "E1")]
    assert ids(due(items[:2], set(), {"a": 99.0}, 0).items) == []
    assert ids(due(items, set(), {"a": 99.0}, 0).items) == ["e"]
    assert ids(due(items[1:], set(), {"b": 99.0}, 0).items) == ["e"]
    assert ids(due([better], set(), {}, 0).items) == ["b"]


def test_nothing_starts_in_a_lane_that_is_busy() -> None:
    assert due([item("a"), item("b")], {"alerts", "a"}, {}, 0).items == []


def test_an_item_that_moved_to_another_lane_while_it_is_worked_on_is_left_alone() -> None:
    posted = alert("a", "E1", ts="1")
    assert due([posted], {"alerts", "a"}, {}, 0).items == []


def test_a_posted_alert_leaves_the_alerts_lane_to_the_next_one() -> None:
    items = [alert("a", "E1", ts="1"), alert("b", "E2")]
    assert ids(due(items, set(), {"a": 99.0}, 0).items) == ["b"]


def test_an_edit_waits_until_its_alert_is_posted_and_known_to_be() -> None:
    unposted, posted, change = alert("a", "E1"), alert("a", "E1", ts="1"), edit("e", "E1")
    assert ids(due([unposted, change], set(), {}, 0).items) == ["a"]
    assert due([posted, change], {"alerts", "a"}, {}, 0).items == []
    assert ids(due([posted, change], set(), {}, 0).items) == ["e"]


def test_an_edit_passes_a_picture_that_waits_but_not_one_in_hand() -> None:
    items = [alert("a", "E1", ts="1"), edit("e", "E1")]
    assert ids(due(items, set(), {"a": 99.0}, 0).items) == ["e"]
    assert due(items, {lane_of(items[0]), "a"}, {}, 0).items == []


def test_nonsense_in_a_payload_is_not_trusted() -> None:
    items = [
        item("a", "alert", payload={"event": 3}),
        item("b", "alert", payload={"event": {"id": ["x"]}}),
        item("c", "edit", lane="C1", payload={"event_id": None}),
    ]
    assert ids(due(items, set(), {}, 0).items) == ["a"]


@st.composite
def some_items(draw: st.DrawFn) -> list[Item]:
    kinds = draw(st.lists(st.sampled_from(["alert", "posted", "edit", "post"]), max_size=12))
    items = []
    for number, kind in enumerate(kinds):
        event = draw(st.sampled_from(["E1", "E2"]))
        lane = draw(st.sampled_from(["alerts", "C1", "C2"]))
        match kind:
            case "alert":
                items.append(alert(f"i{number}", event))
            case "posted":
                items.append(alert(f"i{number}", event, ts="1"))
            case "edit":
                items.append(edit(f"i{number}", event))
            case _:
                items.append(item(f"i{number}", lane=lane))
    return items


@given(some_items(), st.sets(st.integers(0, 11)), st.sets(st.integers(0, 11)))
def test_never_two_of_a_lane_never_a_busy_one_and_always_progress(
    items: list[Item], working: set[int], resting: set[int]
) -> None:
    at_work = [items[n] for n in working if n < len(items)]
    busy = {found.id for found in at_work} | {lane_of(found) for found in at_work}
    rests = {f"i{n}": 10.0 for n in resting}
    found, next_in = due(items, busy, rests, now=1.0)
    lanes = [lane_of(one) for one in found]
    assert len(lanes) == len(set(lanes))
    assert not {one.id for one in found} & busy
    assert not set(lanes) & busy
    assert not {one.id for one in found} & set(rests)
    if items and not busy:
        assert found or next_in is not None


def test_a_clip_waits_for_its_alert_and_holds_up_no_other_meanwhile() -> None:
    items = [alert("a", "E1"), clip("b", "E1"), clip("c", "E2")]
    assert ids(due(items, set(), {}, 0).items) == ["a", "c"]
    assert ids(due([alert("a", "E1", ts="1"), *items[1:]], set(), {"a": 99.0}, 0).items) == ["b"]


def test_a_clip_somebody_asked_for_waits_for_no_alert() -> None:
    assert ids(due([alert("a", "E1"), clip("b", "E1", "C1")], {"alerts", "a"}, {}, 0).items) == ["b"]


def test_clips_go_one_after_the_other_beside_all_else() -> None:
    items = [clip("a", "E1"), clip("b", "E2"), edit("c", "E1"), alert("d", "E3")]
    assert ids(due(items, set(), {}, 0).items) == ["a", "c", "d"]


def test_a_clip_that_was_sent_is_noted_where_its_message_is_worked_on() -> None:
    sent = clip("a", "E1", file_id="F1")
    assert lane_of(sent) == lane_of(edit("e", "E1"))
    assert ids(due([sent, clip("b", "E2")], {"message of E1"}, {}, 0).items) == ["b"]
