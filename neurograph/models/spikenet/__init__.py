"""SpikeNet."""
