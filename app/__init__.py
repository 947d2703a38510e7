"""pycam: a home security camera that its owner runs from Slack.

The map, outermost first:

    __main__.py   `python -m app NAME`, the same as `pycam NAME`
    cli.py        one sub-command per process and per tool
    web/          processes: Flask under gunicorn; Slack's commands and buttons come in here, and dashboard/ is the page
    socket/       process: the same over Socket Mode, without an open port
    camera/       process: frames -> motion -> person -> trigger -> event; owns the pan-tilt head
    presence/     process: who is home, asked of the router; arms and disarms
    notifier/     process: the outbox goes out to Slack, and elsewhere through Apprise
    uploader/     process: tagged samples go to S3-compatible storage
    check/        tool: test every outside thing
    learning/     tools: replay, evaluate, tune, learn, digest; the person models
    demo/         tools: the outside world on one laptop
    history/      what happened: lists, export, `pycam events`
    commands/     what each slash command and button does; shared by every way in
    slack/        the only importer of slack_sdk: signature, messages, client
    state/        the only importer of redis: wishes, facts, wake-ups
    store/        the disk: events, outbox, samples; the only importer of boto3
    vision/       the eyes, pure: motion, person, trigger
    media/        frames in; the only importer of av
    rules.py      pure: who wins, when to watch, when to alert
    domain.py     the words of the product
    settings/     config.yml + private.yml + environment -> frozen Settings
    config/       config.yml: every setting with its unit and its reason
    model-files/  person models, and where they come from
    logs.py       one line an event, secrets blotted out
    renewal.py    a process takes up settings that were changed while it ran
    shutdown.py   a shutdown is a thing one waits on
    systemd.py    what a service tells systemd: ready, getting on, stopping

Redis says what should be and what is now; the disk says what happened.
"""
