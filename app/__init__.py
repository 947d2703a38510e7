"""pycam: a home security camera that its owner runs from Slack.

The map, outermost first:

    cli.py        `pycam NAME` / `python -m app NAME`: one sub-command per process and per tool
    web/          process: Flask under gunicorn; Slack's commands and buttons come in here
    camera/       process: frames -> motion -> person -> trigger -> event
    notifier/     process: the outbox goes out to Slack
    learning/     tools: replay a clip, evaluate the tagged samples
    demo/         tools: the outside world on one laptop
    commands/     what each slash command and button does; shared by every way in
    slack/        the only importer of slack_sdk: signature, messages, client
    state/        the only importer of redis: wishes, facts, wake-ups
    store/        the disk: events, outbox, samples
    vision/       the eyes, pure: motion, person, trigger
    media/        frames in
    rules.py      pure: who wins, when to watch, when to alert
    domain.py     the words of the product
    settings.py   config.yml + private.yml + environment -> frozen Settings

Redis says what should be and what is now; the disk says what happened.
"""
