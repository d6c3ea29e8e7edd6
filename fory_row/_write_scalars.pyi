# Everything here is for other kernels: see _write_scalars.pxd.
