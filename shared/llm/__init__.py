"""One interface to the LLM server, two protocols behind it: Ollama's and OpenAI's."""
