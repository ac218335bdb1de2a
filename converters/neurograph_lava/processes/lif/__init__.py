"""Neurons of many copies at once, awake in windows; a hard, a soft reset, and a moving threshold."""
