"""Exam packs: what is taught and asked, as data, and the types that read and validate it."""
