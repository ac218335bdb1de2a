"""A neuron whose spikes raise its threshold and a refractory state, and whose v goes on."""
