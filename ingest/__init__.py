"""Bytes to documents to chunks to vectors to a searchable, immutable index generation."""
