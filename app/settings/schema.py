"""What may be set, and within which limits. The reasons stand beside the values in config/config.yml."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from app.domain import CAMERA_NAME
from app.settings.clips import ClipSettings
from app.settings.dashboard import DashboardSettings
from app.settings.digest import DigestSettings
from app.settings.glances import GlancesSettings
from app.settings.head import HeadSettings
from app.settings.labels import PERSON, Labels
from app.settings.learning import LearningSettings
from app.settings.motion import MotionSettings
from app.settings.night import NightSettings
from app.settings.notify import MAX_TARGETS, NotifyTarget
from app.settings.paths import PROJECT
from app.settings.polygons import Fraction, Mask, covers_everything
from app.settings.presence import PresenceSettings
from app.settings.section import Section
from app.settings.uploader import UploaderSettings

Percent = Annotated[float, Field(ge=0, le=100)]


def _slack_id(first_letters: str, example: str) -> AfterValidator:
    """A Slack id or nothing. A name or an @mention here would silently match nobody."""
    shape = re.compile(rf"(?:[{first_letters}][A-Z0-9]+)?")

    def check(text: str) -> str:
        if not shape.fullmatch(text):
            raise ValueError(f"is not a Slack id such as {example} (a name does not do: anyone can take one)")
        return text

    return AfterValidator(check)


UserId = Annotated[str, Field(min_length=1), _slack_id("UW", "U012AB3CD")]


class SlackSettings(Section):
    """Who may do what, and where alerts go. Ids (U…, T…, C…), not names: names can be changed by anyone."""

    alerts_channel: Annotated[str, _slack_id("CGD", "C012AB3CD")] = ""
    team_id: Annotated[str, _slack_id("TE", "T012AB3CD")] = ""
    owners: tuple[UserId, ...] = ()
    members: tuple[UserId, ...] = ()
    delete_picture_after_tag: bool = False
    snooze_minutes: int = Field(30, ge=1, le=24 * 60)
    clip_max_mb: int = Field(20, ge=0, le=1000)


class CameraSettings(Section):
    """One camera. `ignore`: polygons [[x, y], …] in fractions of the frame, 0..1 from the top left."""

    name: str
    source: str = Field(min_length=1, repr=False)
    """Not in repr(): rtsp://user:password@… is one."""
    width_pixels: int = Field(640, ge=64, le=7680)
    height_pixels: int = Field(480, ge=48, le=4320)
    fps: float = Field(10, gt=0, le=60)
    loop: bool = False
    as_fast_as_possible: bool = False
    stall_seconds: float = Field(10, ge=1, le=600)
    release_when_disarmed: bool = False
    classes: Labels = (PERSON,)
    head: HeadSettings = HeadSettings()
    ignore: Mask = ()

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if not CAMERA_NAME.fullmatch(name):
            raise ValueError("must be 1 to 32 lower-case letters, digits or '-', such as front-door")
        return name


class PersonSettings(Section):
    """The gate that decides whether what moved is a person."""

    model: str = Field("auto", min_length=1)
    min_score: Fraction | None = None
    max_per_second: float = Field(2, gt=0, le=30)
    threads: int = Field(2, ge=1, le=16)
    min_height_percent: Percent = 10
    min_height_pixels: int = Field(56, ge=0, le=4320)
    night: NightSettings = NightSettings()


class TriggerSettings(Section):
    """When motion and a person make an event, and when the event is over."""

    window_frames: int = Field(30, ge=1, le=600)
    min_moving_frames: int = Field(3, ge=1, le=600)
    confirm_below: Fraction = 0.5
    quiet_seconds: float = Field(2, ge=0.5, le=600)
    max_seconds: float = Field(120, ge=5, le=3600)
    cooldown_seconds: float = Field(10, ge=0, le=3600)
    settle_seconds: float = Field(1, ge=0, le=60)
    unconfirmed_seconds: float = Field(1, ge=0, le=60)
    alone_seconds: float = Field(1, gt=0, le=60)
    alone_percent: Percent = 60

    @model_validator(mode="after")
    def _reachable(self) -> TriggerSettings:
        if self.min_moving_frames > self.window_frames:
            raise ValueError("min_moving_frames cannot be more than window_frames")
        return self


class TrainingSettings(Section):
    """Pictures kept for learning, and the buttons that tag them."""

    enabled: bool = True
    quiet_every_minutes: float = Field(10, ge=0.05, le=24 * 60)
    frames: int = Field(30, ge=1, le=300)
    max_mb: int = Field(500, ge=1, le=1_000_000)


class StorageSettings(Section):
    """Where things live and how full the disk may get."""

    data: Path = PROJECT / "data"
    min_free_mb: int = Field(200, ge=0, le=1_000_000)
    keep_days: int = Field(30, ge=0, le=36_500)
    last_image_seconds: float = Field(60, ge=1, le=24 * 3600)


class NotifierSettings(Section):
    """How patiently the outbox is emptied."""

    timeout_seconds: float = Field(10, ge=1, le=120)
    backoff_seconds: float = Field(1, ge=0.05, le=60)
    backoff_max_seconds: float = Field(60, ge=0.05, le=3600)
    picture_ready_seconds: float = Field(10, ge=0, le=120)

    @model_validator(mode="after")
    def _grows(self) -> NotifierSettings:
        if self.backoff_max_seconds < self.backoff_seconds:
            raise ValueError("backoff_max_seconds cannot be less than backoff_seconds")
        return self


class Secrets(Section):
    """Only ever from private.yml or the environment; never printed."""

    slack_bot_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    router_username: str = ""
    router_password: SecretStr = SecretStr("")
    slack_api_url: str = "https://slack.com/api/"
    redis_url: str = Field("redis://127.0.0.1:6379/0", repr=False)
    """Not in repr(): it may hold a password."""
    notify: tuple[NotifyTarget, ...] = Field((), max_length=MAX_TARGETS)
    """From private.yml alone: somebody else's variable NOTIFY must not stop the start."""

    @field_validator("slack_api_url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        _refuse_impossible_address(url)
        if not urlsplit(url).hostname:
            raise ValueError("must name a host")
        return url if url.endswith("/") else url + "/"

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, url: str) -> str:
        if not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        _refuse_impossible_address(url)
        return url

    def words(self) -> tuple[str, ...]:
        """Every secret as text, those within `redis_url` and `notify` too: what the logs must blot out."""
        tokens = (self.slack_bot_token, self.slack_signing_secret, self.slack_app_token, self.router_password)
        password = urlsplit(self.redis_url).password or ""
        told = (word for target in self.notify for word in target.words())
        words = (*(token.get_secret_value() for token in tokens), password, unquote(password), *told)
        return tuple(dict.fromkeys(word for word in words if word))


def _refuse_impossible_address(url: str) -> None:
    """urlsplit looks at the port only when asked, and its own message would repeat the password."""
    try:
        _ = urlsplit(url).port
    except ValueError:
        raise ValueError("is not a URL: its host or port cannot be") from None


class Settings(Section):
    """Everything, validated. `load_settings()` makes it."""

    slack: SlackSettings = SlackSettings()
    cameras: tuple[CameraSettings, ...] = (CameraSettings(name="front", source="picamera"),)
    motion: MotionSettings = MotionSettings()
    person: PersonSettings = PersonSettings()
    trigger: TriggerSettings = TriggerSettings()
    training: TrainingSettings = TrainingSettings()
    clips: ClipSettings = ClipSettings()
    learning: LearningSettings = LearningSettings()
    digest: DigestSettings = DigestSettings()
    storage: StorageSettings = StorageSettings()
    notifier: NotifierSettings = NotifierSettings()
    presence: PresenceSettings = PresenceSettings()
    uploader: UploaderSettings = UploaderSettings()
    glances: GlancesSettings = GlancesSettings()
    dashboard: DashboardSettings = DashboardSettings()
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    secrets: Secrets = Field(Secrets(), exclude=True)
    """Left out of model_dump(): what dumps settings means to keep or show them."""

    @field_validator("cameras")
    @classmethod
    def _some_and_distinct(cls, cameras: tuple[CameraSettings, ...]) -> tuple[CameraSettings, ...]:
        if not cameras:
            raise ValueError("at least one camera is needed")
        names = [camera.name for camera in cameras]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"two cameras are called {sorted(twice)[0]!r}; each needs a name of its own")
        return cameras

    @model_validator(mode="after")
    def _something_to_watch(self) -> Settings:
        for camera in self.cameras:
            if covers_everything((*self.motion.ignore, *camera.ignore)):
                raise ValueError(
                    f"motion.ignore and the masks of {camera.name} cover its whole frame together"
                )
        return self

    @model_validator(mode="after")
    def _tells_of_cameras_there_are(self) -> Settings:
        names = {camera.name for camera in self.cameras}
        for number, target in enumerate(self.secrets.notify, start=1):
            if unknown := sorted(set(target.cameras) - names):
                raise ValueError(f"NOTIFY[{number}].cameras: there is no camera {unknown[0]!r}")
        return self

    def camera(self, name: str) -> CameraSettings:
        """The camera of that name. Raises KeyError."""
        for camera in self.cameras:
            if camera.name == name:
                return camera
        raise KeyError(name)
