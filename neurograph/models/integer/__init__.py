"""A forward pass in the integers of the chip."""
