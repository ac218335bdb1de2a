"""Training to the end, and inference."""
