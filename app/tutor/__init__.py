"""Question to passages to an answer whose sentences are checked and cited, or an honest refusal."""
