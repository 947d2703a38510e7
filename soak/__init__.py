"""The appliance under load while everything around it fails, held against recorded truth: `make soak`.

run.py         storm, calm, check; storm, calm, check …
world.py       what is outside: Redis, Slack, the router, S3, two cameras' pictures (feed.py), one small disk
units.py       the product's processes, killed, halted and started again as systemd would
people.py      commands and taps of owner, member and stranger; phones that come and go
trouble.py     what goes wrong, at random from a seed
truth.py       what was really done, and when
watcher.py     what the appliance was seen to say and keep meanwhile
oracle.py      pure: what the truth allows
arming.py, alerts.py, keeping.py   the invariants: truth against what was seen
settled.py     whether everything is well again after a storm
evidence.py    what is told and kept when something was not well
report.py      the table at the end

A developer's tool: it uses the tests' stand-ins.
"""
