"""Rows: records whose fields are read where they lie."""
