"""What an inference costs: operations, joules, seconds."""
