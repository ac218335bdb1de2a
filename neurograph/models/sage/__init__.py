"""Models without spikes."""
