"""Networks of a few hundred bytes that answer with what a test wants, whatever the picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest


def write_onnx(path: Path, *answers: Any, size: tuple[int, int] = (64, 32), channels: int = 3) -> Path:
    """An ONNX model with an input 1×channels×height×width (`size` is width, height) and these constant outputs."""
    onnx = pytest.importorskip(
        "onnx", reason="the onnx package, which builds the models of this test, is absent"
    )
    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    width, height = size
    nodes, constants, outputs = [], [numpy_helper.from_array(np.zeros(1, np.float32), "zero")], []
    for index, answer in enumerate(answers):
        values = np.asarray(answer, np.float32)
        constants.append(numpy_helper.from_array(values, f"values{index}"))
        constants.append(numpy_helper.from_array(np.ones(values.ndim, np.int64), f"shape{index}"))
        # Mean of the picture × 0 + the answer: engines do not all run a graph that ignores its input.
        nodes += [
            helper.make_node("ReduceMean", ["images"], [f"mean{index}"], axes=[1, 2, 3], keepdims=1),
            helper.make_node("Mul", [f"mean{index}", "zero"], [f"nothing{index}"]),
            helper.make_node("Reshape", [f"nothing{index}", f"shape{index}"], [f"scalar{index}"]),
            helper.make_node("Add", [f"values{index}", f"scalar{index}"], [f"answer{index}"]),
        ]
        outputs.append(helper.make_tensor_value_info(f"answer{index}", onnx.TensorProto.FLOAT, values.shape))
    image = helper.make_tensor_value_info("images", onnx.TensorProto.FLOAT, [1, channels, height, width])
    graph = helper.make_graph(nodes, "tiny", [image], outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=7)
    path.write_bytes(model.SerializeToString())
    return path


def write_caffe_pair(folder: Path, name: str = "MobileNetSSD_deploy") -> Path:
    """A MobileNet-SSD stand-in without weights: in a white picture it sees every class, in a black one nothing.

    Returns the path of the .caffemodel.
    """
    bottoms = "".join(f' bottom: "pool{copy}"' for copy in range(21))
    prototxt = f"""
        name: "tiny"
        input: "data" input_shape {{ dim: 1 dim: 3 dim: 300 dim: 300 }}
        layer {{ name: "pool" type: "Pooling" bottom: "data" top: "pool"
                pooling_param {{ pool: AVE kernel_size: 300 stride: 300 }} }}
        layer {{ name: "copies" type: "Split" bottom: "pool" {bottoms.replace("bottom", "top")} }}
        layer {{ name: "conf" type: "Concat" {bottoms} top: "conf" concat_param {{ axis: 1 }} }}
        layer {{ name: "flat" type: "Flatten" bottom: "conf" top: "flat" }}
        layer {{ name: "four" type: "Concat" bottom: "pool0" bottom: "pool1" bottom: "pool2" bottom: "pool3"
                top: "four" concat_param {{ axis: 1 }} }}
        layer {{ name: "zero" type: "Power" bottom: "four" top: "zero" power_param {{ scale: 0 }} }}
        layer {{ name: "loc" type: "Flatten" bottom: "zero" top: "loc" }}
        layer {{ name: "prior" type: "PriorBox" bottom: "pool" bottom: "data" top: "prior"
                prior_box_param {{ min_size: 150 max_size: 200 aspect_ratio: 2 flip: false clip: true
                                  variance: 0.1 variance: 0.1 variance: 0.2 variance: 0.2 }} }}
        layer {{ name: "detection_out" type: "DetectionOutput" bottom: "loc" bottom: "flat" bottom: "prior"
                top: "detection_out"
                detection_output_param {{ num_classes: 21 share_location: true background_label_id: 0
                  nms_param {{ nms_threshold: 0.45 top_k: 100 }} code_type: CENTER_SIZE keep_top_k: 100
                  confidence_threshold: 0.25 }} }}
    """
    (folder / f"{name}.prototxt").write_text(prototxt)
    weights = folder / f"{name}.caffemodel"
    weights.write_bytes(b"\x0a\x04tiny")  # a NetParameter that has a name and no layers
    return weights
