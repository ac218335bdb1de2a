"""Layers, neurons and gradients that several models share."""
