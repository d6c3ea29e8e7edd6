"""A read-only map of a file."""

import errno
import os
from stat import S_ISDIR, S_ISREG

from cpython.buffer cimport PyBuffer_FillInfo
from cpython.exc cimport PyErr_SetFromErrnoWithFilenameObject
from libc.stdint cimport uint8_t, uint64_t
from posix.mman cimport (
    MADV_RANDOM, MADV_SEQUENTIAL, MAP_FAILED, MAP_SHARED, PROT_READ, madvise, mmap,
    munmap,
)
from posix.stat cimport fstat, struct_stat
from posix.types cimport off_t
from posix.unistd cimport SEEK_END, lseek

from fory.error import TruncatedError


cdef enum:
    HUGE_PAGES = 14                     # madvise(2)
    POPULATE_READ = 22                  # since Linux 5.14


def open_regular(str path):
    """Return a descriptor for reading a file; a pipe or device is refused.

    Raises
    ------
    OSError
        If it cannot be opened, or is none.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # no wait for pipes
    mode = os.fstat(fd).st_mode
    if S_ISREG(mode):
        return fd
    os.close(fd)
    code = errno.EISDIR if S_ISDIR(mode) else errno.EINVAL
    why = os.strerror(code) if S_ISDIR(mode) else "this is a pipe or device, not a file"
    raise OSError(code, why, path)


cdef class Mapping:
    """A whole file, mapped for reading.

    Parameters
    ----------
    path : str
        An existing regular file that is not empty.

    Notes
    -----
    The map ends when nothing refers to it any more: every view of its rows keeps it.
    The descriptor stays open to notice that somebody cut the file.
    """

    def __cinit__(self, str path):
        cdef struct_stat status
        self.fd = -1
        self.path = path
        self.fd = open_regular(path)
        if fstat(self.fd, &status) < 0:
            PyErr_SetFromErrnoWithFilenameObject(OSError, path)
        if status.st_size == 0:
            raise TruncatedError(f"{path} is empty")
        base = mmap(NULL, status.st_size, PROT_READ, MAP_SHARED, self.fd, 0)
        if base == MAP_FAILED:
            PyErr_SetFromErrnoWithFilenameObject(OSError, path)
        self.base = <const uint8_t*> base
        self.size = self.needed = status.st_size

    def __dealloc__(self):
        if self.base != NULL:
            munmap(<void*> self.base, self.size)
        if self.fd >= 0:
            os.close(self.fd)

    def __getbuffer__(self, Py_buffer* buffer, int flags):
        PyBuffer_FillInfo(buffer, self, <void*> self.base, self.size, 1, flags)

    def __len__(self):
        return self.size

    def __reduce__(self):
        raise TypeError("a map belongs to its process; pickle the rows")

    def advise(self, str how):
        """Tell the system how the file will be read; a hint, which may be ignored.

        Parameters
        ----------
        how : {"random", "sequential", "all"}
            ``"all"`` brings every page into memory now.
        """
        cdef int advice = {
            "random": MADV_RANDOM, "sequential": MADV_SEQUENTIAL, "all": POPULATE_READ
        }[how]
        cdef uint64_t at
        cdef volatile uint8_t touched = 0
        if how == "all":  # what is not in memory yet comes in pages of 2 MB
            madvise(<void*> self.base, self.size, HUGE_PAGES)
        if madvise(<void*> self.base, self.size, advice) == 0 or how != "all":
            return
        for at in range(0, self.size, 4096):  # a system before Linux 5.14
            touched ^= self.base[at]

    cdef int check(self) except -1:
        """Raise if what is needed was cut off: touching what is gone would kill."""
        cdef off_t size = lseek(self.fd, 0, SEEK_END)  # asks for less than fstat
        if size < 0:
            PyErr_SetFromErrnoWithFilenameObject(OSError, self.path)
        if <uint64_t> size < self.needed:
            raise TruncatedError(
                f"{self.path} was cut from {self.size} to {size} bytes while it was "
                f"mapped; restore it and open it again"
            )
        return 0
