"""Each camera's head: does the Pan-Tilt HAT answer? Its servos stay off.

One process owns the HAT. Where the camera's own runs, it is asked instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from app.camera.head_mount import HeadError, PanTiltMount
from app.check.check import Check, Context, Outcome, failed, ok, skipped
from app.check.said import camera_fact
from app.settings.schema import CameraSettings
from app.state.facts import CameraFact

_DO = (
    "switch I2C on (`sudo raspi-config nonint do_i2c 0`), see `i2cdetect -y 1` (the HAT is 15) and the plug; "
    "the user who runs pycam must be in the group i2c"
)


def checks(context: Context) -> Iterator[Check]:
    """head:NAME for each camera that can have one."""
    for camera in context.settings.cameras:
        if camera.head.kind != "none":
            yield Check(f"head:{camera.name}", partial(look, context, camera))


def look(context: Context, camera: CameraSettings, hat: Callable[[], PanTiltMount] = PanTiltMount) -> Outcome:
    """Ask its process, or the HAT."""
    fact = camera_fact(context, camera.name)
    if fact is not None:
        return _as_its_process_says(fact, camera)
    kind = camera.head.kind
    if kind == "simulated" or (kind == "auto" and camera.source.partition(":")[0] != "picamera"):
        return skipped("simulated, as set; a HAT is looked for under a Pi camera, or with head.kind pantilt")
    try:
        hat().probe()
    except HeadError as error:
        if kind == "auto":
            return skipped(f"simulated: {error} (head.kind pantilt, if there should be one)")
        return failed(str(error), _DO)
    return ok("the Pan-Tilt HAT answers")


def _as_its_process_says(fact: CameraFact, camera: CameraSettings) -> Outcome:
    its = f"`pycam camera {camera.name}` has it and says"
    if fact.head_problem:
        return failed(f"{its}: {fact.head_problem}", _DO)
    if fact.head != "pantilt":
        return skipped(f"{its}: {fact.head or 'there is none'}")
    at = f", at {fact.pan} {fact.tilt}" if fact.pan is not None else ""
    return ok(f"{its}: it obeys{at}")
