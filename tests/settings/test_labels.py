"""A camera's `classes` are words the model knows."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from app.settings.schema import CameraSettings


def classes(*labels: str) -> tuple[str, ...]:
    return CameraSettings.model_validate({"name": "front", "source": "x", "classes": list(labels)}).classes


def test_only_people_unless_set_otherwise() -> None:
    assert CameraSettings(name="front", source="x").classes == ("person",)
    assert classes("person", "dog", "traffic light") == ("person", "dog", "traffic light")


@pytest.mark.parametrize(
    ("labels", "why"),
    [(["burglar"], "it knows person"), (["Dog"], "it knows"), (["dog", "dog"], "twice"), ([], "at least 1")],
)
def test_what_the_model_does_not_know_is_refused(labels: list[str], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        classes(*labels)
