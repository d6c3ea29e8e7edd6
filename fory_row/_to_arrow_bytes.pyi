# Kernels for other extension modules: nothing here is visible from Python.
