"""Whether it is true: cases, metrics, statistics and reports."""
