"""Plain text: which lines are captions, body, or page furniture."""
