"""process: the same commands as web, over Socket Mode: no open port, no signing secret, no tunnel.

process.py    settings -> a running Link; the order of start and end
link.py       keeps one proven connection: when to wait, when to give one up
receiver.py   an envelope: acknowledged in time, carried out in order, answered
envelopes.py  what is in an envelope
"""
