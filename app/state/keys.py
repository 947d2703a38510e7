"""Every Redis key there is. One key, one owner, few verbs."""

WISHES = "pycam:wishes"
"""Hash, field -> JSON: what people asked. Owner: wishes.py."""

FACTS = "pycam:facts"
"""Hash, field -> JSON with `at`: what is so, as far as a process last said. Owner: facts.py."""

WAKE = "pycam:wake"
"""Pub/sub channel: 'wishes' or 'outbox' changed, look now. Nothing depends on a message arriving."""

SEEN = "pycam:seen:"
"""+ signature: this signed request was handled. Expires. Owner: snapshot.py."""

PROBE = "pycam:probe:"
"""+ random: written, read and deleted by `pycam check`. Expires. Owner: probe.py."""

EVENTS = "pycam:events"
"""Hash, event id -> packed Entry: what lists of events show, a copy of what the disk has. Owner: index.py."""

EVENTS_BY = "pycam:events:by:"
"""+ 'all', 'label:dog', 'tag:occupied', 'kept' …: sorted set of event ids, all with score 0. Owner: index.py."""

EVENTS_WHOLE = "pycam:events:whole"
"""That the copy was made whole, for which Redis and by which version. Owner: index.py."""

EVENTS_TOUCHED = "pycam:events:touched"
"""Set of event ids written since the last rebuild began, which it may have read too early. Owner: index_writing.py."""

EVENTS_REBUILDING = "pycam:events:rebuilding"
"""Lock of the one who makes the copy anew. Expires. Owner: index_writing.py."""
