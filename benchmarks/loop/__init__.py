"""The loop as experiments: a new kind of violation learned, flipped verdicts refused, every process killed."""
