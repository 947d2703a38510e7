"""The two engines that run a network, behind one interface of two methods: `load` once, `run` per frame.

onnxruntime comes first: on a 64-bit board it needs about half the time of `cv2.dnn` for the same answer
(`python -m bench.person`). `cv2.dnn` (OpenCV 4.10 to 5) is what a 32-bit board has, and what reads Caffe.
"""

from __future__ import annotations

import importlib
import os
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from app.vision.modelfile import ModelError

Array = npt.NDArray[np.float32]


class EngineError(Exception):
    """The engine refuses the model, or fails while running it. The message is the engine's, on one line."""

    def __init__(self, error: Exception) -> None:
        super().__init__(" ".join(str(error).split())[:200])


class Engine(Protocol):
    name: str

    def load(self, model: bytes) -> None:
        """Read a network from the bytes of its file. Raises EngineError."""

    def run(self, blob: Array) -> list[Array]:
        """Every output for one input of shape 1×3×height×width. Raises EngineError."""


class OnnxRuntime:
    """`threads`: how many cores one run may use."""

    name = "onnxruntime"

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._session: Any = None
        self._input = ""

    def load(self, model: bytes) -> None:
        ort = _onnxruntime()
        options = ort.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        # Without this the worker threads spin after each run, waiting for the next: a warm Pi for nothing.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
        options.log_severity_level = (
            4  # errors arrive as exceptions; printed as well they would be said twice
        )
        try:
            self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its exceptions share no base class but Exception
            raise EngineError(error) from error
        self._input = self._session.get_inputs()[0].name

    def run(self, blob: Array) -> list[Array]:
        try:
            return [np.asarray(output) for output in self._session.run(None, {self._input: blob})]
        except Exception as error:  # as above
            raise EngineError(error) from error


class OpenCvDnn:
    """Its threads are those of OpenCV as a whole (`cv2.setNumThreads`), so they are the process's to set.

    `prototxt`: the description that belongs to a Caffe model; without it the model is read as ONNX.
    """

    name = "cv2.dnn"

    def __init__(self, prototxt: bytes | None = None) -> None:
        self._prototxt = prototxt
        self._net: Any = None
        self._outputs: list[str] = []

    def load(self, model: bytes) -> None:
        weights = np.frombuffer(model, np.uint8)
        try:
            if self._prototxt is None:
                self._net = cv2.dnn.readNetFromONNX(weights)
            else:
                self._net = cv2.dnn.readNetFromCaffe(np.frombuffer(self._prototxt, np.uint8), weights)
            self._outputs = list(self._net.getUnconnectedOutLayersNames())
        except cv2.error as error:
            raise EngineError(error) from error

    def run(self, blob: Array) -> list[Array]:
        try:
            self._net.setInput(blob)
            return [np.asarray(output) for output in self._net.forward(self._outputs)]
        except cv2.error as error:
            raise EngineError(error) from error


def _onnxruntime() -> Any:
    """The library, with its telemetry off. From 1.31 on the import alone would write a number for this machine and a
    database into ~/.cache; only the environment keeps it from that. Raises ImportError."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    ort = importlib.import_module("onnxruntime")
    ort.disable_telemetry_events()
    return ort


def onnx_backends() -> list[str]:
    """Names of the engines that work here and read ONNX, best first."""
    try:
        _onnxruntime()
    except ImportError:  # not there, or built for another numpy, as happens where pip and apt meet
        return [OpenCvDnn.name]
    return [OnnxRuntime.name, OpenCvDnn.name]


def onnx_engine(backend: str | None, threads: int) -> Engine:
    """The engine called `backend`, or the best installed one if None. Raises ModelError if it is not there."""
    if backend is None:
        backend = onnx_backends()[0]
    if backend == OpenCvDnn.name:
        return OpenCvDnn()
    if backend != OnnxRuntime.name:
        raise ModelError(f"There is no backend {backend!r}: use {OnnxRuntime.name} or {OpenCvDnn.name}")
    if backend not in onnx_backends():
        raise ModelError(
            f"{OnnxRuntime.name} is not installed (`make install` brings it where it exists): use {OpenCvDnn.name}"
        )
    return OnnxRuntime(threads)


def caffe_engine(prototxt: bytes) -> Engine:
    """Raises ModelError with an OpenCV that no longer reads Caffe."""
    if not hasattr(cv2.dnn, "readNetFromCaffe"):
        raise ModelError(
            f"OpenCV {cv2.__version__} cannot read Caffe models (OpenCV 5 removed that):"
            " use an ONNX model (`pycam model fetch`) or install opencv-python-headless<5"
        )
    return OpenCvDnn(prototxt)
