"""Bytes appended to a file, by a thread of its own when there are many."""

import os

from cpython.buffer cimport Py_buffer
from libc.stdint cimport int64_t
from posix.unistd cimport close, getpid

cdef extern from *:
    """
    #include <errno.h>
    #include <fcntl.h>
    #include <pthread.h>
    #include <signal.h>
    #include <sys/uio.h>

    #define FORY_JOBS 2
    #define FORY_PARTS 96
    /* So much a caller writes before the system is asked to put it on the disk. */
    #define FORY_WRITEBACK ((long long)4 << 20)

    typedef struct {
        struct iovec parts[FORY_PARTS];
        int n;
    } fory_job;

    /* Jobs n_done to n_put are to be done; the lock guards all but the one at work. */
    typedef struct {
        pthread_mutex_t lock;
        pthread_cond_t changed;
        pthread_t thread;
        fory_job jobs[FORY_JOBS];
        long long n_put, n_done;
        long long end, asked;
        int fd, error, started, stopping;
    } fory_appender;

    /* Write all bytes however the system splits the call; return 0 or an error. */
    static int fory_write(fory_appender* a, fory_job* job, long long piece) {
        struct iovec* part = job->parts;
        struct iovec* end = part + job->n;
        while (part < end) {
            ssize_t done = writev(a->fd, part, (int)(end - part));
            if (done < 0 && errno == EINTR) continue;
            if (done < 0) return errno;
            a->end += done;
            while (part < end && (size_t)done >= part->iov_len)
                done -= (part++)->iov_len;
            if (part < end) {
                part->iov_base = (char*)part->iov_base + done;
                part->iov_len -= done;
            }
        }
    #ifdef SYNC_FILE_RANGE_WRITE
        /* A hint that makes the sync at the end short; that sync has the last word. */
        if (a->end - a->asked >= piece) {
            sync_file_range(a->fd, a->asked, a->end - a->asked, SYNC_FILE_RANGE_WRITE);
            a->asked = a->end;
        }
    #endif
        return 0;
    }

    static void* fory_append_all(void* given) {
        fory_appender* a = given;
        pthread_mutex_lock(&a->lock);
        for (;;) {
            while (a->n_done == a->n_put && !a->stopping)
                pthread_cond_wait(&a->changed, &a->lock);
            if (a->stopping) break;
            if (!a->error) {
                int error;
                pthread_mutex_unlock(&a->lock);
                error = fory_write(a, &a->jobs[a->n_done % FORY_JOBS], 1);
                pthread_mutex_lock(&a->lock);
                a->error = error;
            }
            a->n_done++;
            pthread_cond_broadcast(&a->changed);
        }
        pthread_mutex_unlock(&a->lock);
        return NULL;
    }

    /* Start the thread, which takes no signals; return whether there is one. */
    static int fory_start(fory_appender* a) {
        sigset_t all, before;
        if (a->started) return 1;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        a->started = !pthread_create(&a->thread, NULL, fory_append_all, a);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        return a->started;
    }

    /* Wait until at most n jobs are left. */
    static void fory_wait(fory_appender* a, int n) {
        pthread_mutex_lock(&a->lock);
        while (a->n_put - a->n_done > n)
            pthread_cond_wait(&a->changed, &a->lock);
        pthread_mutex_unlock(&a->lock);
    }

    static void fory_put(fory_appender* a) {
        pthread_mutex_lock(&a->lock);
        a->n_put++;
        pthread_cond_broadcast(&a->changed);
        pthread_mutex_unlock(&a->lock);
    }

    static void fory_stop(fory_appender* a) {
        if (!a->started) return;
        pthread_mutex_lock(&a->lock);
        a->stopping = 1;
        pthread_cond_broadcast(&a->changed);
        pthread_mutex_unlock(&a->lock);
        pthread_join(a->thread, NULL);
        a->started = a->stopping = 0;
        a->n_done = a->n_put;
    }

    static void fory_init(fory_appender* a, int fd, long long end) {
        pthread_mutex_init(&a->lock, NULL);
        pthread_cond_init(&a->changed, NULL);
        a->fd = fd;
        a->end = a->asked = end;
    }
    """
    int FORY_JOBS
    int FORY_PARTS
    long long WRITEBACK_BYTES "FORY_WRITEBACK"
    struct iovec:
        void* iov_base
        size_t iov_len
    ctypedef struct fory_job:
        iovec* parts
        int n
    ctypedef struct fory_appender:
        fory_job* jobs
        long long n_put, end, asked
        int fd, error
    int fory_write(fory_appender* a, fory_job* job, long long piece) nogil
    bint fory_start(fory_appender* a) nogil
    void fory_wait(fory_appender* a, int n) nogil
    void fory_put(fory_appender* a) nogil
    void fory_stop(fory_appender* a) nogil
    void fory_init(fory_appender* a, int fd, long long end) nogil

cdef extern from "Python.h":
    Py_buffer* PyMemoryView_GET_BUFFER(object view)


cdef class Appender:
    """Appends to a file; disk and thread work while the next bytes are made.

    The thread never asks the interpreter for anything: who makes the bytes is not held
    up by it, and it is not by them.

    Parameters
    ----------
    fd : int
        Descriptor at the end of the file, closed by `close` or with this object.
    end : int
        Where that is.

    Notes
    -----
    An error of the system is raised by the next call, and by all calls after it:
    nothing is written behind what is missing.
    """
    cdef fory_appender a
    cdef fory_job job                   # written by the caller's own thread
    cdef list held                      # the parts of each job, while they are needed
    cdef int process

    def __cinit__(self, int fd, int64_t end=0):
        fory_init(&self.a, fd, end)
        self.held = [None] * FORY_JOBS
        self.process = getpid()

    def __dealloc__(self):
        if self.process == getpid():
            fory_stop(&self.a)
        if self.a.fd >= 0:
            close(self.a.fd)

    def __reduce__(self):
        raise TypeError("an open file cannot be pickled")

    @property
    def fd(self):
        """The descriptor, -1 when it is closed."""
        return self.a.fd

    @property
    def asked(self):
        """Position up to which the system was asked to put bytes on the disk."""
        return self.a.asked

    def write(self, list parts not None):
        """Write every byte of some memoryviews."""
        cdef int first
        self.drain()
        for first in range(0, len(parts), 96):  # FORY_PARTS
            fill(&self.job, parts[first : first + FORY_PARTS])
            with nogil:
                self.a.error = fory_write(&self.a, &self.job, WRITEBACK_BYTES)
            self.check()

    def write_behind(self, list parts not None):
        """Have memoryviews written, soon; their bytes must not change any more."""
        cdef int k = self.a.n_put % FORY_JOBS
        self.check()
        if len(parts) > FORY_PARTS or not fory_start(&self.a):
            self.write(parts)
            return
        with nogil:
            fory_wait(&self.a, FORY_JOBS - 1)
        self.check()
        fill(&self.a.jobs[k], parts)
        self.held[k] = parts
        fory_put(&self.a)

    def drain(self):
        """Return when everything is written."""
        self.check()
        with nogil:
            fory_wait(&self.a, 0)
        self.held = [None] * FORY_JOBS
        self.check()

    def close(self):
        """Write nothing more, and close the file."""
        if self.process == getpid():
            with nogil:
                fory_stop(&self.a)
        fd, self.a.fd = self.a.fd, -1
        if fd >= 0:
            os.close(fd)

    cdef int check(self) except -1:
        """Raise for what went wrong before."""
        if self.process != getpid():
            raise RuntimeError(
                "a writer belongs to the process that made it; open another one after "
                "a fork"
            )
        if self.a.error:
            raise OSError(self.a.error, os.strerror(self.a.error))
        if self.a.fd < 0:
            raise ValueError("the file is closed")
        return 0


cdef int fill(fory_job* job, list parts) except -1:
    """Point a job at the bytes of some parts, which the caller keeps."""
    cdef memoryview part
    cdef int k = 0
    for part in parts:
        job.parts[k].iov_base = PyMemoryView_GET_BUFFER(part).buf
        job.parts[k].iov_len = PyMemoryView_GET_BUFFER(part).len
        k += 1
    job.n = k
    return 0
