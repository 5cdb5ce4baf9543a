"""What one person said, did and knows."""
