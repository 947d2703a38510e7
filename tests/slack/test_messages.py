"""What people read: true, within Slack's limits, and harmless whatever a name or a reason holds."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.demo.workspace.blocks import check_blocks
from app.domain import Tag
from app.slack import messages
from app.slack.messages import AlertFacts, alert, alert_without_blocks
from app.slack.wording import when

AT = 1_795_183_401.7
EVENT = "20261120T140301-front-9f3a0c1e"

FACTS = AlertFacts(
    event_id=EVENT,
    camera="front",
    started=AT,
    sent=AT + 1,
    person_score=0.871,
    person_model="yolox-nano",
    training=True,
)

foreign = st.text(max_size=5000)
moments = st.floats(0, 4e9)
any_facts = st.builds(
    AlertFacts,
    event_id=st.just(EVENT),
    camera=foreign,
    started=moments,
    sent=moments,
    ended=st.none() | moments,
    person_score=st.none() | st.floats(allow_nan=False),
    person_model=st.none() | foreign,
    person_problem=foreign,
    nothing_probability=st.none() | st.floats(0, 1),
    training=st.booleans(),
    snooze_minutes=st.integers(1, 1440),
    tag=st.none() | st.sampled_from(Tag),
    tagged_by=foreign,
    tagged_at=moments,
    picture=st.none() | foreign | st.just("F0ABCDEFGH1"),
)


def all_text(facts: AlertFacts) -> str:
    return json.dumps(alert(facts).blocks, ensure_ascii=False)


def buttons(facts: AlertFacts) -> list[dict[str, Any]]:
    return list(alert(facts).blocks[-1]["elements"])


@given(any_facts)
def test_an_alert_is_within_slacks_limits_whatever_it_is_about(facts: AlertFacts) -> None:
    text, blocks = alert(facts)
    check_blocks(blocks, lambda _file: True)  # raises
    assert text
    assert len(text) < 4000
    assert 0 < len(alert_without_blocks(facts)) < 4000


@given(foreign)
def test_nothing_foreign_becomes_a_mention_a_link_or_a_command(text: str) -> None:
    facts = replace(FACTS, camera=f"<!channel>{text}", person_score=None, person_problem=f"<@U1>{text}")
    marked_up = str([block.get("text") or block.get("elements") for block in alert(facts).blocks[:-1]])
    for said in (marked_up, alert(facts).text, alert_without_blocks(facts)):
        assert said.count("<") == said.count("<!date^")
    assert '"mrkdwn"' not in json.dumps(alert(facts).blocks[-1])  # buttons are plain text: nothing to escape
    for said in (messages.camera_lost(text, text, AT), messages.set_aside("alert", AT, text, 1)):
        assert said.count("<") == said.count("<!date^") == 1


def test_a_person_is_announced_with_how_sure_it_is_and_when() -> None:
    text, _ = alert(FACTS)
    assert text == "Person at front (clearly, 87 %)"
    said = all_text(FACTS)
    assert "Person at *front*" in said
    assert "clearly a person (87 %, yolox-nano)" in said
    assert "<!date^1795183401^{date_short_pretty} {time_secs}|2026-11-20 14:03:21 UTC>" in said
    assert "still going on" in said
    assert "No person model" not in said


def test_motion_alone_says_out_loud_why_no_person_was_looked_for() -> None:
    facts = replace(FACTS, person_score=None, person_model=None, person_problem="model.onnx is truncated")
    assert alert(facts).text == "Motion at front"
    for said in (all_text(facts), alert_without_blocks(facts)):
        assert "No person model (model.onnx is truncated), so anything that moves alerts." in said
        assert "Get one: `pycam model fetch`." in said


def test_a_model_that_does_not_answer_is_told_from_one_that_is_not_there() -> None:
    said = all_text(replace(FACTS, person_score=None, person_problem="it has not answered for 15 s"))
    assert "The person model gives no answer (it has not answered for 15 s), so anything that moves" in said
    assert "fetch" not in said


def test_an_event_that_is_over_says_how_long_it_took() -> None:
    assert "lasted 1 min 12 s" in all_text(replace(FACTS, ended=AT + 72))


def test_only_an_alert_that_came_late_says_so() -> None:
    assert "late" not in all_text(replace(FACTS, sent=AT + messages.LATE_SECONDS))
    assert "Sent 1 h 5 min late" in all_text(replace(FACTS, sent=AT + 3900))
    assert "late" not in all_text(replace(FACTS, sent=AT - 3900))  # a clock that was set back


def test_the_tag_buttons_are_there_in_training_only_and_stay_after_tagging() -> None:
    plain = ["snooze", "disarm"]
    assert [button["action_id"] for button in buttons(replace(FACTS, training=False))] == plain
    tagged = replace(FACTS, tag=Tag.UNOCCUPIED, tagged_by="U0HOMEOWNER", tagged_at=AT)
    found = {button["action_id"]: button for button in buttons(tagged)}
    assert list(found) == ["tag_occupied", "tag_unoccupied", *plain]
    assert found["tag_unoccupied"]["style"] == "primary"
    assert "style" not in found["tag_occupied"]
    assert "tagged *unoccupied* by <@U0HOMEOWNER>" in all_text(tagged)


def test_every_button_carries_the_opaque_event_id_and_disarm_asks_first() -> None:
    assert {button["value"] for button in buttons(FACTS)} == {EVENT}
    assert ["confirm" in button for button in buttons(FACTS)] == [False, False, False, True]


def test_snooze_says_for_how_long() -> None:
    assert buttons(replace(FACTS, snooze_minutes=90))[2]["text"]["text"] == "Snooze 1 h 30 min"


def test_the_picture_is_a_file_of_slacks_and_has_words_for_those_who_cannot_see_it() -> None:
    (picture,) = [b for b in alert(replace(FACTS, picture="F0ABCDEFGH1")).blocks if b["type"] == "image"]
    assert picture["slack_file"] == {"id": "F0ABCDEFGH1"}
    assert picture["alt_text"] == "Person at front"
    assert "block_id" not in picture  # Slack gives each edit a new one


def test_a_picture_says_its_age_unless_it_is_fresh() -> None:
    assert "ago" not in messages.picture_comment("front", AT, AT + 4)
    assert "(taken 12 min ago)" in messages.picture_comment("front", AT, AT + 720)


def test_a_lost_camera_says_since_when_and_why_and_a_returned_one_for_how_long() -> None:
    lost = messages.camera_lost("front", "connection refused", AT)
    assert "*front*" in lost
    assert "connection refused" in lost
    assert when(AT) in lost
    assert "no reason is known" in messages.camera_lost("front", "", AT)
    assert messages.camera_back("front", 65).endswith("is back after 1 min 5 s.")


def test_a_report_counts_what_was_set_aside_when_it_is_more_than_one() -> None:
    assert "such items" not in messages.set_aside("reply", AT, "too late", 1)
    assert "4 such items" in messages.set_aside("reply", AT, "too late", 4)
    assert messages.set_aside("hologram", AT, "x", 1).startswith(":warning: Something of ")


def test_an_alert_says_what_was_seen() -> None:
    dog = alert(replace(FACTS, label="dog"))
    assert dog.text == "Dog at front (clearly, 87 %)"
    assert "Dog at *front*" in str(dog.blocks)


def test_what_is_probably_nothing_says_so_first_and_why() -> None:
    quiet = replace(FACTS, person_score=0.52, nothing_probability=0.93)
    assert alert(quiet).text == "Probably nothing (person) at front (93 % likely)"
    assert "Probably nothing (person) at *front*" in all_text(quiet)
    assert "93 % likely nothing, going by your tags · the model alone: probably a person (52 %" in all_text(
        quiet
    )
    assert "nothing" not in all_text(FACTS)
