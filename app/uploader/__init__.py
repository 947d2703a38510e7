"""The uploader process: tagged samples to S3-compatible storage, and off this disk once they are safe there.

process.py   settings -> a running Uploader that says how it is
loop.py      when to upload, how long to rest after a failure, what to say of it
send.py      one sample: what is missing there, in the order that never shows half of it
clips.py     clips, if asked: a thread of its own, and links to them
progress.py  a line now and then while it takes long
"""
