"""Container files of rows, mapped or read in ranges."""
