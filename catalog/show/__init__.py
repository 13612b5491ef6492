"""Reports: one file a report, one function a format."""
