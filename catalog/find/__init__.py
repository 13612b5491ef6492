"""Is this here already? A picture or a text, looked up in the catalogue."""
