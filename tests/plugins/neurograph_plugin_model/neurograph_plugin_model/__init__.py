"""A spiking graph convolution."""
