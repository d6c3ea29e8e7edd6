# Everything here is for other kernels: see _widen.pxd.
