"""`make bench`: what pycam costs, each as a ratio to a baseline measured in the same run."""

from __future__ import annotations

import subprocess
import sys

PARTS = {
    "motion": "the motion step, against the seed's recipe",
    "person": "the person gate, against YOLOX-nano whole on OpenCV",
    "slash": "a slash command through gunicorn, against a minimal Flask app",
    "recording": "the frame loop with and without a clip being written; memory of the pre-roll",
    "camera_memory": "memory of the camera process over 10,000 frames",
    "alert_latency": "from the deciding frame to the first byte at Slack",
}


def main() -> int:
    """Run the named parts (default: all), each in a process of its own so that none warms another's caches."""
    asked = sys.argv[1:] or list(PARTS)
    unknown = [name for name in asked if name not in PARTS]
    if unknown:
        print(f"no such bench: {', '.join(unknown)}; there is: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    worst = 0
    for name in asked:
        print(f"\n=== {name}: {PARTS[name]}\n", flush=True)
        worst = max(worst, subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode)
    return worst


if __name__ == "__main__":
    raise SystemExit(main())
