"""Articles: every format that an archive keeps them in, read into one :class:`Article`."""
