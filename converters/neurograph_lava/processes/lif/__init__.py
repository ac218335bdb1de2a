"""Neurons of a batch of nodes, awake in windows: hard reset, soft reset, moving threshold."""
