#ifndef HALE_CLINUX_H
#define HALE_CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "CMounts.h"
#include "CNetwork.h"
#include "CSpawn.h"
#include "CTerminal.h"

// The control message macros (cmsg(3)) cannot be called from Swift.

/// Sends `length` bytes and, where `passed` is not -1, that descriptor. As send(2) with MSG_NOSIGNAL.
ptrdiff_t hale_send_with_descriptor(int descriptor, const void *bytes, size_t length, int passed);

/// Receives up to `length` bytes and at most one descriptor, close-on-exec; `*passed` is -1 where none came.
/// As recv(2).
ptrdiff_t hale_receive_with_descriptor(int descriptor, void *bytes, size_t length, int *passed);

/// accept4(2) with SOCK_CLOEXEC and SOCK_NONBLOCK; needs _GNU_SOURCE.
int hale_accept(int listener);

/// How many processors this process may use (sched_getaffinity(2)), by macros that cannot be called from Swift; 1 where
/// the kernel does not say.
int hale_usable_processors(void);

/// Names the calling thread (pthread_setname_np(3), which needs _GNU_SOURCE): 15 bytes at the most.
void hale_name_thread(const char *name);

/// pidfd_open(2), which this C library does not wrap.
int hale_pidfd_open(int32_t pid);

/// pidfd_send_signal(2).
int hale_pidfd_send_signal(int pidfd, int signal);

#endif
