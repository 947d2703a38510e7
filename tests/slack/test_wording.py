from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.slack.wording import (
    MAX_FOREIGN,
    ago,
    duration,
    escape,
    listing,
    mention,
    quote,
    sureness,
    when,
    with_article,
    with_mentions,
)


def test_durations_are_read_at_a_glance() -> None:
    told = [duration(seconds) for seconds in (-5, 0.4, 59.4, 59.6, 60, 125, 3600, 7199, 11040, 90000, 432000)]
    assert told == [
        *("0 s", "0 s", "59 s", "1 min", "1 min", "2 min 5 s", "1 h", "1 h 59 min", "3 h 4 min"),
        *("1 d 1 h", "5 d"),
    ]


def test_what_was_a_moment_ago_was_just_now_also_when_clocks_disagree() -> None:
    assert ago(100, 101) == ago(100, 99) == "just now"
    assert ago(100, 160) == "1 min ago"


def test_times_are_shown_in_the_readers_zone() -> None:
    assert when(0.9) == "<!date^0^{date_short_pretty} {time_secs}|1970-01-01 00:00:00 UTC>"


def test_a_user_is_mentioned_and_another_cause_is_named() -> None:
    assert mention("U0OWNER") == "<@U0OWNER>"
    assert mention("presence") == "presence"
    assert mention("U1> <!channel") == "U1&gt; &lt;!channel"


def test_people_stay_mentioned_in_our_own_sentences_and_nothing_else_does() -> None:
    assert with_mentions("<@U1> armed <!channel> <b>") == "<@U1> armed &lt;!channel&gt; &lt;b&gt;"


def test_what_is_not_ours_is_escaped_and_clipped_to_one_line() -> None:
    assert escape("a & <b>\nc") == "a &amp; &lt;b&gt; c"
    assert len(escape("&" * 5000)) == (MAX_FOREIGN - 1) * len("&amp;") + 1


def test_names_are_listed_as_one_says_them() -> None:
    assert [listing(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == [
        "a",
        "a and b",
        "a, b and c",
    ]
    assert listing(["a", "b"], "or") == "a or b"


@given(st.text())
def test_a_quotation_stays_short_and_can_neither_mention_nor_leave_its_quotes(typed: str) -> None:
    quoted = quote(typed)
    assert quoted.count("`") == 2
    assert "<" not in quoted
    assert ">" not in quoted
    assert len(quoted) <= 40 * len("&amp;") + 2


def test_a_score_is_said_in_a_word_that_never_falls_as_it_rises() -> None:
    words = [sureness(score / 100) for score in range(101)]
    assert list(dict.fromkeys(words)) == ["perhaps", "probably", "most likely", "clearly"]


def test_things_get_their_article() -> None:
    assert [with_article(noun) for noun in ("person", "umbrella", "Apple")] == [
        "a person",
        "an umbrella",
        "an Apple",
    ]
