"""Settings: config.yml + an overlay + private.yml + the environment, as one frozen, typed object.

`schema.py` says what may be set and within which limits; `load.py` reads the layers and turns every
mistake into a `SettingsError` that names the file, the line, the key and the reason.
"""

from app.settings.glances import GlancesSettings
from app.settings.load import SettingsError, load_settings
from app.settings.motion import MotionSettings
from app.settings.paths import environment_with_whole_paths
from app.settings.presence import PresenceSettings
from app.settings.schema import (
    CameraSettings,
    NotifierSettings,
    PersonSettings,
    Secrets,
    Settings,
    SlackSettings,
    StorageSettings,
    TrainingSettings,
    TriggerSettings,
)
from app.settings.uploader import UploaderSettings

__all__ = [
    "CameraSettings",
    "GlancesSettings",
    "MotionSettings",
    "NotifierSettings",
    "PersonSettings",
    "PresenceSettings",
    "Secrets",
    "Settings",
    "SettingsError",
    "SlackSettings",
    "StorageSettings",
    "TrainingSettings",
    "TriggerSettings",
    "UploaderSettings",
    "environment_with_whole_paths",
    "load_settings",
]
