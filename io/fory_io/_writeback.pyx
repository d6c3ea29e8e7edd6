"""Have the system write a file to the disk while it still grows."""

from libc.stdint cimport int64_t

cdef extern from *:
    """
    #include <fcntl.h>
    static int start_writeback(int fd, long long start, long long n) {
    #ifdef SYNC_FILE_RANGE_WRITE
        return sync_file_range(fd, start, n, SYNC_FILE_RANGE_WRITE);
    #else
        return 0;
    #endif
    }
    """
    int start_writeback(int fd, long long start, long long n) nogil


def begin_writeback(int fd, int64_t start, int64_t n_bytes):
    """Ask for bytes of a file to be put on the disk; returns at once.

    Parameters
    ----------
    fd : int
        Descriptor of a file that is open for writing.
    start, n_bytes : int
        Which bytes.

    Notes
    -----
    A hint that makes the sync at the end short. Where the system does not know it or
    refuses it nothing is lost: that sync has the last word, and reports errors.
    """
    with nogil:
        start_writeback(fd, start, n_bytes)
