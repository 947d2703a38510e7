"""The peers see what anybody would see, so that a comparison with them means something."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bench.motion_quality import PEERS
from bench.peers import Frame, Frigate, Peer, Recipe, biggest_percent

CALM_FRAMES = 120
NOISE = np.random.default_rng(1).standard_normal((240, 320, 3))


def room(rng: np.random.Generator) -> Frame:
    """A wall with a gradient, 320×240, and the noise of a good day."""
    ramp = np.linspace(80, 150, 320)[None, :, None] + 2 * np.roll(NOISE, int(rng.integers(240)), 0)
    return np.asarray(np.clip(ramp, 0, 255), np.uint8)


@pytest.mark.parametrize("make", PEERS.values(), ids=PEERS)
def test_a_peer_sees_a_walker_in_a_calm_room_and_nothing_before(make: Callable[[], Peer]) -> None:
    rng, peer = np.random.default_rng(3), make()
    calm = [peer.step(room(rng)) for _ in range(CALM_FRAMES)]
    assert max(calm[60:]) < 0.1
    walk = []
    for x in range(40, 240, 20):
        frame = room(rng)
        frame[60:200, x : x + 40] = 30
        walk.append(peer.step(frame))
    covered = 100 * 140 * 40 / (240 * 320)
    assert all(covered / 3 < area < 5 * covered for area in walk[1:])


def test_frigate_reports_nothing_until_it_has_learned_the_room() -> None:
    rng, frigate = np.random.default_rng(3), Frigate()
    assert [frigate.step(room(rng)) for _ in range(8)] == [0.0] * 8


def test_frigate_calibrates_anew_when_the_whole_picture_changes() -> None:
    rng, frigate = np.random.default_rng(3), Frigate()
    for _ in range(CALM_FRAMES):
        frigate.step(room(rng))
    dark = [frigate.step(np.asarray(room(rng) // 6, np.uint8)) for _ in range(3)]
    assert dark == [0.0] * 3


def test_frigate_takes_a_luma_plane_for_what_it_is() -> None:
    frigate = Frigate()
    assert frigate.step(np.full((240, 320), 90, np.uint8)) == 0.0


def test_the_recipe_has_nothing_to_compare_its_first_frame_with() -> None:
    assert Recipe().step(np.full((240, 320, 3), 90, np.uint8)) == 0.0


def test_the_biggest_blob_counts_and_not_their_sum() -> None:
    mask = np.zeros((100, 100), np.uint8)
    mask[10:31, 10:31] = mask[60:71, 60:71] = 255
    assert biggest_percent(mask) == pytest.approx(4.0)  # a contour runs through the middle of its pixels
    assert biggest_percent(np.zeros((10, 10), np.uint8)) == 0.0
