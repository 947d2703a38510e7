"""What is said in Slack of a camera that was lost, came back, or cannot be used."""

from __future__ import annotations

import time

from app.camera.jobs import PostJob
from app.camera.orders import OrdersKeeper
from app.camera.outage import News, Outage, OutageWatch
from app.camera.recorder import Recorder
from app.slack.messages import camera_back, camera_lost


class Telling:
    """For one camera. What was told is kept with the orders, so that a restarted process does not say it again."""

    def __init__(self, camera: str, watch: OutageWatch, recorder: Recorder, orders: OrdersKeeper) -> None:
        self._camera, self._watch, self._recorder, self._orders = camera, watch, recorder, orders
        self._process = f"camera:{camera}"

    def news(self, outage: Outage | None, error: str) -> None:
        """Of an outage, if there is any; `error`: what its source last said."""
        if outage is None:
            return
        if outage.news is News.BACK:
            text = camera_back(self._camera, time.time() - outage.since)
        else:
            text = camera_lost(self._camera, error, outage.since)
        told = outage.since if outage.news is News.LOST else None
        self._recorder.submit(PostJob(text, lambda: self._orders.told_lost(told), self._process))

    def end(self, text: str) -> None:
        """Once, however often the process is started again and fails anew; the first frame is told as its return."""
        if self._watch.told_since is None:
            since = time.time()
            self._watch.told_since = since
            self._recorder.submit(PostJob(text, lambda: self._orders.told_lost(since), self._process))
