/* Whether the stack of a thread is nearly used up, where the system tells its size. */

#ifndef FORY_STACK_H
#define FORY_STACK_H

#include <stddef.h>
#include <stdint.h>

/* Room for what runs above the deepest value: hooks in Python, the error itself. */
#define FORY_STACK_RESERVE ((size_t) 128 * 1024)

#if defined(__APPLE__)
#include <pthread.h>

static int fory_stack_bounds(uintptr_t *low, size_t *size) {
    pthread_t self = pthread_self();
    *size = pthread_get_stacksize_np(self);
    *low = (uintptr_t) pthread_get_stackaddr_np(self) - *size;
    return 1;
}

#elif defined(__GLIBC__)
#include <pthread.h>

static int fory_stack_bounds(uintptr_t *low, size_t *size) {
    pthread_attr_t attributes;
    void *address;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return 0;
    int failed = pthread_attr_getstack(&attributes, &address, size);
    pthread_attr_destroy(&attributes);
    *low = (uintptr_t) address;
    return !failed;
}

#else

static int fory_stack_bounds(uintptr_t *low, size_t *size) {
    return 0;
}

#endif

/* False on a stack that is not the thread's own, as coroutines may have one. */
static int fory_stack_is_low(void) {
    static __thread int is_known;
    static __thread uintptr_t low, limit;
    uintptr_t here = (uintptr_t) __builtin_frame_address(0);
    if (!is_known) {
        size_t size;
        is_known = 1;
        if (fory_stack_bounds(&low, &size))
            limit = low + (size / 4 < FORY_STACK_RESERVE ? size / 4 : FORY_STACK_RESERVE);
    }
    return low <= here && here < limit;
}

#endif
