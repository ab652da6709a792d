"""Asking servers that speak OpenAI's interface; nothing is paid for twice."""
