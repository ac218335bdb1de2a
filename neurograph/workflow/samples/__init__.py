"""Runs of networks that came in a file: over samples that come in another one, without a graph."""
