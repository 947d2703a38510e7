"""What PyAV raises: FFmpeg's own errors, and the built-in ones of its Python side."""

from __future__ import annotations

import av

AV_ERRORS = (av.FFmpegError, OSError, ValueError, RuntimeError, LookupError, MemoryError)
