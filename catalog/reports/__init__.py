"""Reports: what the catalogue holds, one file a report and one file a format."""
