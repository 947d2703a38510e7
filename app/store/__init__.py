"""The disk: what happened. Every file appears whole or not at all."""
