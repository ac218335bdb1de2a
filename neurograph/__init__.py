"""NeuroGraph: spiking graph networks from PyTorch to a neuromorphic chip."""

__version__ = "0.1.0"
