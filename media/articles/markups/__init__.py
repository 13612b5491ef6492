"""Articles in lightweight markups other than Markdown, one file each; all are written as HTML and read as pages are."""
