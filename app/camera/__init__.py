"""process: frames -> motion -> person -> trigger -> event, for one camera.

process.py    puts the parts together and ends with an exit code
loop.py       step(): what one frame leads to
gate.py       the person model in a thread of its own, so that it never makes a frame wait
orders.py     what people asked, read in a thread, kept on disk
head.py       turns the camera, in a thread; head_mount.py the servos that it has, or a simulation
ring.py       the last frames, for samples
recorder.py   the disk and the outbox, in a thread: jobs.py what it is given, announcer.py what must not be lost,
              spare.py what may be, sample.py samples
film.py       frames to packets for clips, in a thread: film_strip.py which packets belong to which event
clip_desk.py  clips on the disk, in a thread; clip_repair.py what a crash left of them
showcase.py   which frame of an event its alert shows
outage.py     when to tell people that the camera is away, and back
live.py       the picture of now, for the dashboard, in a thread
telling.py    what Slack hears of a camera that was lost
reporter.py   facts and the heartbeat, in a thread
"""
