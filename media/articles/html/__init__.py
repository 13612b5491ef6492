"""Pages: their blocks, captions, pictures, body and metadata."""
