"""Relays: linear units without memory, whose sum travels as a graded payload."""
