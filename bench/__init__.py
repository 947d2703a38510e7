"""Measurements of the product's own parts, each a ratio to a baseline in the same run: `python -m bench.NAME`."""
