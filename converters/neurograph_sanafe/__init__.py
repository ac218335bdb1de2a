"""Runs an integer network on SANA-FE, a simulator of the energy and time of neuromorphic chips.

SANA-FE (GPL-3.0) is a program of its own in an environment of its own: `worker` is the one file
that imports it, and nothing here imports `worker`.
"""
