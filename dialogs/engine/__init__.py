"""Steps, questions, texts, codec: the only code that moves a conversation."""
