"""With a Pi camera, OpenCV is apt's: 4.6 on Bookworm. The tests run with pip's, which has more."""

from __future__ import annotations

import ast
from pathlib import Path

APP = Path(__file__).parents[2] / "app"

KNOWN = """
BORDER_CONSTANT BORDER_REPLICATE CHAIN_APPROX_SIMPLE CMP_EQ CMP_GE CMP_GT CMP_LE COLOR_BGR2GRAY
COLOR_BGR2YUV_I420 COLOR_GRAY2BGR CV_32F CV_8U FILLED FONT_HERSHEY_SIMPLEX GaussianBlur IMREAD_COLOR
IMWRITE_JPEG_QUALITY INTER_AREA INTER_LINEAR INTER_NEAREST LINE_AA LUT MORPH_CROSS MORPH_GRADIENT MORPH_RECT
RETR_EXTERNAL THRESH_BINARY THRESH_TRUNC __version__ absdiff accumulateWeighted add addWeighted bitwise_and
bitwise_not bitwise_or blur boundingRect boxFilter calcHist compare contourArea convertScaleAbs
copyMakeBorder copyTo countNonZero createHanningWindow cvtColor dilate dnn erode error fillPoly filter2D
findContours getFontScaleFromHeight getStructuringElement getTextSize imdecode imencode inRange integral max
mean meanStdDev medianBlur min minMaxLoc morphologyEx multiply phaseCorrelate putText rectangle resize
setNumThreads subtract threshold warpAffine
"""
"""Looked up in python3-opencv 4.6.0+dfsg-12; add here what you have looked up there."""

IN_4_6 = frozenset(KNOWN.split())


def test_nothing_is_used_that_it_does_not_have() -> None:
    used = {
        (node.attr, path.name)
        for path in APP.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "cv2"
    }
    assert used, "this test sees nothing"
    assert sorted(one for one in used if one[0] not in IN_4_6) == []
