"""The story of a run: train, export, run, verify, report."""
