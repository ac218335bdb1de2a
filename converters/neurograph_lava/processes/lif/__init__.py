"""Neurons of many copies, awake in windows: hard reset, soft reset, moving threshold."""
