"""The process that empties the outbox into Slack and tells whom else it concerns, from the outside in:

process.py   run(): opens everything, beats, ends
loop.py      Notifier: who is due, and the threads that do it
lanes.py     pure: which items may go out now
courier.py   one attempt at one item, and what follows from its outcome
deliver.py   which kind of item is sent by which step:
             alert.py, edit.py, better_picture.py, picture.py, post.py, reply.py, clip.py, view.py, tell.py
ledger.py    what Slack has taken, on disk and in memory
desk.py      what a step works with
herald.py    who is to be told besides Slack: an item for each; told.py, of what already; occasions.py, pure: when
messenger.py hands one message to the library Apprise
housekeeper.py  removes what is old, or too much for the disk
watchman.py  looks after the other processes, and tells of their troubles; watch.py, pure: which those are
"""
