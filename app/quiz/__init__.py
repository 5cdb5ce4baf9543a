"""Items: what is wrong with them, who writes them, which are asked."""
