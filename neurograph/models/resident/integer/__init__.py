"""The forward pass over a whole graph in the integers of a scheme."""
