"""Articles in Markdown, with the front matter, figures and shortcodes that sites add to it."""
