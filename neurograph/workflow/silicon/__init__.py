"""Profiles held against what others measured on chips."""
