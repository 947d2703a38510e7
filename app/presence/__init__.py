"""The process that knows who is home, from the outside in:

process.py     run(): opens everything, ends
loop.py        Watcher.step(): ask, decide, tell
asking.py      one round of questions to all routers, with a hard time-out
routers/       one kind of router a file: which devices are connected, or NoAnswer
sightings.py   pure: what an answer of theirs consists of
evidence.py    pure: what a round says of each person
decide.py      pure: evidence in, arrivals, departures and "unknown" out; of one person: person.py
departure.py   pure: the exit delay between "nobody is home" and armed
schedule.py    pure: when to ask next
memory.py      what is kept on disk for the next start
report.py      pure: what it says of itself, as facts
notices.py     pure: what of all this is worth a message, and its words
telling.py     notices into the outbox, each at least once
"""
