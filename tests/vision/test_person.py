from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import Box, Detection
from app.vision import person
from app.vision.backends import onnx_backends
from app.vision.layouts import DECODED
from app.vision.person import ModelError, ModelMissing, PersonDetector, load_detector
from tests.vision.tiny_models import write_caffe_pair, write_onnx

SHARED = Path(__file__).resolve().parents[3] / "shared"
CUTS = ("yolox_nano_person_416x320.onnx", "yolox_nano_person_320x256.onnx", "yolox_nano_person_256x192.onnx")
ONE_PERSON = [[[16, 8, 48, 24, 0.9]]]  # in the middle half of a 64×32 input
BACKENDS = onnx_backends()

needs_caffe = pytest.mark.skipif(
    not hasattr(cv2.dnn, "readNetFromCaffe"), reason="this OpenCV (5 or later) reads no Caffe models"
)


@pytest.fixture(autouse=True)
def no_installed_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`auto` must find what the test puts there, not what a developer has fetched."""
    monkeypatch.setattr(person, "MODEL_FILES", tmp_path / "model-files-of-the-test")


def shared_model(name: str) -> Path:
    path = SHARED / "models" / name
    if not path.is_file():
        pytest.skip(f"the development model {name} is absent")
    return path


@pytest.fixture(scope="module")
def visitor() -> np.ndarray:
    """768×432, 12 s into the clip: one man stands at x 383..519, y 15..405."""
    av = pytest.importorskip("av")
    clip = SHARED / "clips" / "three-visits.mp4"
    if not clip.is_file():
        pytest.skip("the development clip three-visits.mp4 is absent")
    with av.open(str(clip)) as container:
        for frame in container.decode(video=0):
            if frame.time >= 12:
                return frame.to_ndarray(format="bgr24")
    raise AssertionError("the clip is shorter than it should be")


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    w = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    h = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    shared = max(w, 0) * max(h, 0)
    return shared / (one.w * one.h + other.w * other.h - shared)


class Answers:
    """An engine that gives one answer to everything."""

    name = "answers"

    def __init__(self, answer: object) -> None:
        self.answer = np.asarray(answer, np.float32)

    def load(self, model: bytes) -> None: ...

    def run(self, blob: np.ndarray) -> list[np.ndarray]:
        return [self.answer]


# ---- real models on real pictures


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ("yolox_nano.onnx", *CUTS))
def test_every_model_finds_the_visitor_where_he_stands(name: str, backend: str, visitor: np.ndarray) -> None:
    detector = load_detector(shared_model(name), backend=backend)
    found = detector.detect(visitor)
    assert len(found) == 1
    assert found[0].label == "person"
    assert found[0].score > 0.8
    assert overlap(found[0].box, Box(383, 15, 136, 390)) > 0.8
    assert (detector.name, detector.backend) == (name, backend)


@pytest.mark.skipif(len(BACKENDS) < 2, reason="onnxruntime is absent")
@pytest.mark.parametrize("name", ("yolox_nano.onnx", CUTS[0]))
def test_both_engines_agree_to_three_decimals(name: str, visitor: np.ndarray) -> None:
    answers = [
        load_detector(shared_model(name), backend=backend, min_score=0.05).detect(visitor)
        for backend in BACKENDS
    ]
    assert len(answers[0]) == len(answers[1]) > 0
    for one, other in zip(*answers, strict=True):
        assert one.score == pytest.approx(other.score, abs=5e-4)
        assert np.allclose(one.box, other.box, atol=1)  # the same edge may round either way


def test_the_cut_agrees_with_the_full_model_where_the_picture_has_the_same_scale(visitor: np.ndarray) -> None:
    """768×432 is 416×234 in both inputs, so only the grey below it differs."""
    full = load_detector(shared_model("yolox_nano.onnx")).detect(visitor)
    cut = load_detector(shared_model(CUTS[0])).detect(visitor)
    assert cut[0].score == pytest.approx(full[0].score, abs=0.01)
    assert overlap(cut[0].box, full[0].box) > 0.95


@pytest.mark.parametrize("name", ("yolox_nano.onnx", *CUTS))
def test_a_public_domain_portrait_is_a_person(name: str) -> None:
    data = pytest.importorskip("skimage.data", reason="scikit-image, which ships the portrait, is absent")
    portrait = np.ascontiguousarray(data.astronaut()[:, :, ::-1])
    best = load_detector(shared_model(name)).detect(portrait)[0]
    assert best.score > 0.85
    assert overlap(best.box, Box(8, 15, 360, 495)) > 0.9


def test_an_infrared_frame_without_colour_is_accepted(visitor: np.ndarray) -> None:
    detector = load_detector(shared_model(CUTS[0]))
    grey = cv2.cvtColor(visitor, cv2.COLOR_BGR2GRAY)
    assert detector.detect(grey)[0].score > 0.8
    assert detector.detect(grey[..., np.newaxis]) == detector.detect(grey)


def test_an_empty_scene_has_nobody_in_it() -> None:
    assert load_detector(shared_model(CUTS[0])).detect(np.full((480, 640, 3), 90, np.uint8)) == []


def test_boxes_from_a_region_are_in_pixels_of_the_whole_frame(visitor: np.ndarray) -> None:
    detector = load_detector(shared_model(CUTS[0]))
    region = Box(300, 0, 340, 432)
    found = detector.detect(visitor, region)
    assert overlap(found[0].box, Box(383, 15, 136, 390)) > 0.8
    assert detector.detect(visitor, Box(0, 0, 300, 432)) == []


# ---- the contract, with answers made by hand


def test_boxes_come_best_first_and_doubles_are_one() -> None:
    rows = [[[0, 0, 20, 20, 0.5], [40, 0, 60, 20, 0.9], [1, 1, 21, 21, 0.6], [0, 0, 30, 30, 0.1]]]
    detector = PersonDetector("m", Answers(rows), DECODED, (64, 32), 0.3)
    assert detector.detect(np.zeros((32, 64, 3), np.uint8)) == [
        Detection(Box(40, 0, 20, 20), pytest.approx(0.9)),
        Detection(Box(1, 1, 20, 20), pytest.approx(0.6)),
    ]


def test_the_grey_bar_of_the_letterbox_is_undone() -> None:
    detector = PersonDetector("m", Answers([[[8, 8, 16, 32, 0.9]]]), DECODED, (64, 32), 0.3)
    # 128×128 becomes 32×32 at the left of the 64×32 input: a quarter of the size
    assert detector.detect(np.zeros((128, 128, 3), np.uint8))[0].box == Box(32, 32, 32, 96)


corner = st.floats(-1e4, 1e4, width=32)


@given(
    rows=st.lists(st.tuples(corner, corner, corner, corner, st.floats(0, 1, width=32)), max_size=8),
    frame=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    region=st.none() | st.builds(Box, *[st.integers(0, 40)] * 2, *[st.integers(1, 90)] * 2),
)
def test_boxes_never_leave_the_frame_nor_the_region(
    rows: list, frame: tuple[int, int], region: Box | None
) -> None:
    height, width = frame
    if region and (region.x >= width or region.y >= height):
        region = None
    answer = np.array(rows, np.float32).reshape(1, -1, 5)
    found = PersonDetector("m", Answers(answer), DECODED, (64, 32), 0.3).detect(
        np.zeros((height, width, 3), np.uint8), region
    )
    limit = region or Box(0, 0, width, height)
    for box, score, _ in found:
        assert limit.x <= box.x < box.x + box.w <= min(limit.x + limit.w, width)
        assert limit.y <= box.y < box.y + box.h <= min(limit.y + limit.h, height)
        assert 0.3 <= score <= 1
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros(4, np.uint8),
    ],
)
def test_what_is_no_frame_is_refused(frame: np.ndarray) -> None:
    with pytest.raises(ValueError, match="a frame is uint8"):
        PersonDetector("m", Answers(ONE_PERSON), DECODED, (64, 32), 0.3).detect(frame)


def test_a_region_outside_the_frame_is_refused() -> None:
    detector = PersonDetector("m", Answers(ONE_PERSON), DECODED, (64, 32), 0.3)
    with pytest.raises(ValueError, match="outside a frame of 64×32"):
        detector.detect(np.zeros((32, 64, 3), np.uint8), Box(64, 0, 10, 10))


# ---- loading


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_tiny_model_of_decoded_boxes_loads(tmp_path: Path, backend: str) -> None:
    detector = load_detector(write_onnx(tmp_path / "own.onnx", ONE_PERSON), backend=backend)
    assert detector.input_size == (64, 32)
    assert detector.detect(np.zeros((64, 128, 3), np.uint8)) == [
        Detection(Box(32, 16, 64, 32), pytest.approx(0.9))
    ]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_tiny_ssd_loads_and_only_label_15_is_a_person(tmp_path: Path, backend: str) -> None:
    rows = [[[[0, 15, 0.8, 0.25, 0.5, 0.5, 1.0], [0, 8, 0.9, 0, 0, 1, 1], [0, 15, 0.4, 0, 0, 1, 1]]]]
    detector = load_detector(write_onnx(tmp_path / "ssd.onnx", rows, size=(300, 300)), backend=backend)
    assert detector.layout == "SSD"
    # stretched to the input, so fractions of the frame in each direction
    assert detector.detect(np.zeros((200, 400, 3), np.uint8)) == [
        Detection(Box(100, 100, 100, 100), pytest.approx(0.8))
    ]


def test_min_score_replaces_the_recommended_one(tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "own.onnx", ONE_PERSON)
    frame = np.zeros((32, 64, 3), np.uint8)
    assert load_detector(path, min_score=0.95).detect(frame) == []
    assert load_detector(path, min_score=0.05).min_score == 0.05
    assert load_detector(path).min_score == 0.32


@needs_caffe
def test_a_caffe_pair_is_read_and_fed_as_mobilenet_ssd_wants_it(tmp_path: Path) -> None:
    detector = load_detector(write_caffe_pair(tmp_path))
    assert (detector.backend, detector.layout, detector.input_size) == ("cv2.dnn", "SSD", (300, 300))
    white = detector.detect(np.full((100, 100, 3), 255, np.uint8))
    assert white[0].score == pytest.approx(127.5 * 0.007843, abs=1e-3)
    assert detector.detect(np.full((100, 100, 3), 150, np.uint8)) == []


@needs_caffe
def test_the_description_may_be_named_prototxt_txt_and_may_be_the_path_given(tmp_path: Path) -> None:
    weights = write_caffe_pair(tmp_path)
    prototxt = weights.with_suffix(".prototxt")
    assert load_detector(prototxt).name == "MobileNetSSD_deploy.prototxt"
    prototxt.rename(weights.with_suffix(".prototxt.txt"))
    assert load_detector(weights).name == "MobileNetSSD_deploy.caffemodel"


@needs_caffe
def test_half_a_caffe_pair_says_which_half_is_missing(tmp_path: Path) -> None:
    weights = write_caffe_pair(tmp_path)
    weights.with_suffix(".prototxt").unlink()
    with pytest.raises(ModelMissing, match=r"MobileNetSSD_deploy\.prototxt"):
        load_detector(weights)


def test_opencv_5_says_that_it_has_lost_caffe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2.dnn, "readNetFromCaffe", raising=False)
    with pytest.raises(ModelError, match="OpenCV 5 removed that"):
        load_detector(write_caffe_pair(tmp_path))


# ---- what is broken is said at load, in one sentence that names the file


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"no person model at .*gone\.onnx.*pycam model fetch") as missing:
        load_detector(tmp_path / "gone.onnx")
    assert missing.value.brief == "gone.onnx is missing"


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty"),
        (b"<html>404 Not Found</html>", "cut short or is not an ONNX model"),
        (b"\x00" * 5000, "not an ONNX model"),
        (b"\x08\x07\x12\x07pytorch", "no graph with an input"),
    ],
)
def test_a_file_that_is_no_model_is_refused(
    tmp_path: Path, content: bytes, complaint: str, backend: str
) -> None:
    path = tmp_path / "bad.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=complaint) as refusal:
        load_detector(path, backend=backend)
    assert str(path) in str(refusal.value)
    assert refusal.value.brief.startswith("bad.onnx is ")
    assert "fetch" not in refusal.value.brief


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("part", [0.01, 0.3, 0.5, 0.9, 0.999])
def test_a_truncated_model_is_refused(tmp_path: Path, part: float, backend: str) -> None:
    whole = write_onnx(tmp_path / "whole.onnx", ONE_PERSON).read_bytes()
    path = tmp_path / "half.onnx"
    path.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(ModelError, match=r"half\.onnx"):
        load_detector(path, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("answers", "complaint"),
    [
        ([np.zeros((1, 10))], "answers with 1×10 where a person model answers with"),
        ([np.zeros((1, 9, 6))], "answers with 1×9×6"),
        ([np.zeros((1, 9, 85))], "answers with 1×9×85"),  # 64×32 has 42 cells
        ([np.zeros((1, 4, 5)), np.zeros((1, 4, 5))], "answers with 1×4×5 and 1×4×5"),
        ([np.full((1, 4, 5), 7.0)], "scores are not between 0 and 1"),
        ([np.full((1, 4, 5), np.nan)], "not numbers"),
        ([np.tile([5, 5, 200, 90, 0.5, *[0.1] * 80], (1, 42, 1))], "decoded already"),
    ],
)
def test_a_model_that_answers_wrongly_is_found_at_load(
    tmp_path: Path, answers: list, complaint: str, backend: str
) -> None:
    with pytest.raises(ModelError, match=complaint):
        load_detector(write_onnx(tmp_path / "other.onnx", *answers), backend=backend)


def test_a_model_that_takes_no_colour_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"takes 1×1×32×64 where .* takes one image"):
        load_detector(write_onnx(tmp_path / "grey.onnx", ONE_PERSON, channels=1))


def test_an_onnxruntime_that_cannot_be_imported_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    path = write_onnx(tmp_path / "own.onnx", ONE_PERSON)
    assert load_detector(path).backend == "cv2.dnn"
    with pytest.raises(ModelError, match="onnxruntime is not installed"):
        load_detector(path, backend="onnxruntime")


def test_an_unknown_backend_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no backend 'tensorflow'"):
        load_detector(write_onnx(tmp_path / "own.onnx", ONE_PERSON), backend="tensorflow")


def test_a_folder_in_place_of_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        load_detector(tmp_path)


# ---- auto


def test_auto_without_any_model_says_where_it_looked(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("no weights here")
    with pytest.raises(ModelMissing, match=str(tmp_path)):
        load_detector("auto", search=[tmp_path, tmp_path / "absent"])


def test_auto_takes_the_best_of_all_folders(tmp_path: Path) -> None:
    data, packaged = tmp_path / "data", person.MODEL_FILES
    for folder, name in [(data, "own.onnx"), (packaged, "yolox_nano_person_320x256.onnx")]:
        folder.mkdir()
        write_onnx(folder / name, ONE_PERSON)
    detector = load_detector("auto", search=[data])
    assert (detector.name, detector.skipped) == ("yolox_nano_person_320x256.onnx", ())


def test_auto_passes_over_broken_files_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "yolox_nano_person_416x320.onnx").write_bytes(b"")
    (tmp_path / "yolox_nano.onnx").write_bytes(b"<html>")
    write_onnx(tmp_path / "own.onnx", ONE_PERSON)
    detector = load_detector("auto", search=[tmp_path])
    assert detector.name == "own.onnx"
    assert [
        "416x320.onnx is empty" in str(detector.skipped[0]),
        "not an ONNX model" in str(detector.skipped[1]),
    ] == [
        True,
        True,
    ]


def test_auto_with_only_broken_files_names_each_of_them(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"")
    (tmp_path / "b.onnx").write_bytes(b"?")
    with pytest.raises(ModelError, match=r"a\.onnx is empty.*b\.onnx is cut short") as refusal:
        load_detector("auto", search=[tmp_path])
    assert not isinstance(refusal.value, ModelMissing)
    assert refusal.value.brief.startswith("a.onnx is empty (zero bytes); b.onnx is cut short")
