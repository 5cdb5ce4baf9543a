"""Which chat model speaks: Bedrock, any OpenAI-compatible server, Ollama, or one in process."""
