"""Networks whose nodes hear each other: what nodes ask of cores, and which cores hear which."""
