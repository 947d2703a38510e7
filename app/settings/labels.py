"""What a camera may look for: the classes of COCO, in the order in which YOLOX numbers them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

PERSON = "person"

# fmt: off
COCO = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
    "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow",
    "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee",
    "skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard",
    "tennis racket", "bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple",
    "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch",
    "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone",
    "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors", "teddy bear",
    "hair drier", "toothbrush",
)
# fmt: on


def _known(label: str) -> str:
    if label not in COCO:
        raise ValueError(
            f"is nothing the model knows: it knows {', '.join(COCO[:24])} and more (docs/person.md)"
        )
    return label


def _distinct(labels: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(labels)) != len(labels):
        raise ValueError("names something twice")
    return labels


Labels = Annotated[
    tuple[Annotated[str, AfterValidator(_known)], ...], Field(min_length=1), AfterValidator(_distinct)
]
