"""The outside world on one laptop: a small Slack workspace, a street camera, a Redis. Tools, not processes."""
