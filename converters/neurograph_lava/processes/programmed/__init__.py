"""A neuron of which every constant of the update is given: what kinds without a process run as."""
