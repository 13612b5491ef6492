"""How well each format of articles is read: archives with planted captions, written by other people's tools."""
