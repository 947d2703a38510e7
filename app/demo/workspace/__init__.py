"""A small Slack for one household and for tests: the Web API over HTTP, signed requests, and a page in the browser.

    workspace.py      Workspace: the one object to start, act in and ask
    __main__.py       the same, alone, for an app started by hand
    web_api.py        POST /api/METHOD: the order of the checks; the table is in
                      chat.py, file_methods.py, conversations.py,
                      connection_methods.py, view_methods.py
    blocks.py         Block Kit's limits; block_parts.py has those of elements and texts
    views.py          dialogs and Home tabs, as they are; view_blocks.py has their limits
    files.py          the three-step upload and its processing time
    acting.py         slash commands and clicks, sent by outgoing.py, signed by signing.py
    tabs.py           the same for the Home tab and dialogs
    sockets.py        Socket Mode instead of request URLs (socket_caller.py); web_socket.py is one connection
    response_urls.py  five answers in thirty minutes
    faults.py         bad weather on demand
    page.py, feed.py  the page, its live stream
    house.py          the panel beside the messages
    serving.py        the HTTP server
    story.py          the same as lines for a terminal
    state.py          the memory behind all of it; model.py has its words

It imports nothing of the product but its words, so that it can disagree with it.
"""

from app.demo.workspace.acting import Acted
from app.demo.workspace.house import Lever
from app.demo.workspace.model import Channel, File, Message, Request, SlackError, SlashCommand, User
from app.demo.workspace.workspace import BOT, DEFAULT_CHANNEL, MEMBER, OWNER, STRANGER, Workspace

__all__ = [
    "BOT",
    "DEFAULT_CHANNEL",
    "MEMBER",
    "OWNER",
    "STRANGER",
    "Acted",
    "Channel",
    "File",
    "Lever",
    "Message",
    "Request",
    "SlackError",
    "SlashCommand",
    "User",
    "Workspace",
]
