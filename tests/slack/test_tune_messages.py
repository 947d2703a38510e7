"""The messages of /tune: within Slack's limits, and nothing in them that Slack would take for its own."""

from __future__ import annotations

from app.slack.tune_messages import APPLY, UNDO, applied, proposal_message, undone

ID = "0123456789abcdef"


def test_a_proposal_shows_the_change_and_the_table_and_asks_twice() -> None:
    message = proposal_message(
        ID, ["person.min_score 0.4 → 0.6"], numbers="yes  no  8  0", trust=["Each day judged", "so & so"]
    )
    changes, numbers, trust, actions = message.blocks
    assert "person.min_score 0.4 → 0.6" in changes["text"]["text"]
    assert numbers["text"]["text"] == "```yes  no  8  0```"
    assert trust["text"]["text"] == "Each day judged\nso &amp; so"
    (button,) = actions["elements"]
    assert (button["action_id"], button["value"]) == (APPLY, ID)
    assert set(button["confirm"]) == {"title", "text", "confirm", "deny"}


def test_long_and_hostile_words_fit_and_stay_words() -> None:
    message = proposal_message(ID, ["<!channel> x"] * 500, numbers="`" * 5000 + "<!here>", trust=["&"] * 500)
    for block in message.blocks[:3]:
        text = block["text"]["text"]
        assert len(text) <= 3000
        assert "<!" not in text
    assert "`" not in message.blocks[1]["text"]["text"][3:-3]


def test_what_was_applied_can_be_undone_and_what_was_undone_cannot() -> None:
    (button,) = applied(ID, ["a"], "<@U1>").blocks[-1]["elements"]
    assert (button["action_id"], button["value"]) == (UNDO, ID)
    assert undone("<@U1>").blocks == ()
