"""Dy-SIGN."""
