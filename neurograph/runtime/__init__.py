"""What runs a network: records, backends, the engine and the integer reference."""
