"""The neurons that are trained, one file each: what each charges, fires and resets like."""
