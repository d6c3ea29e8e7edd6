"""pandas and rows: the ``df.fory`` accessor and lossless conversion."""
