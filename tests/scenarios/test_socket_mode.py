"""`pycam socket` as it runs in a house, against a Slack that drops, repeats, goes deaf and refuses."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.demo.workspace import MEMBER, OWNER, STRANGER, Acted, Message, Workspace
from app.domain import new_event_id
from app.slack.messages import alert
from app.state.connection import connect
from app.state.snapshot import Snapshot, read_snapshot
from app.store.events import EventRecord, EventStore
from tests.fakes.redis_server import RedisServer
from tests.scenarios.appliance import ROOT_OF_PROJECT, eventually
