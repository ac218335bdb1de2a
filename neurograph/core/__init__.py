"""Arrays, errors, integer arithmetic, random numbers, files: what every room stands on."""
