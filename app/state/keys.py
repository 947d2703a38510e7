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
