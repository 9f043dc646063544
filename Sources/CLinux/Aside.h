#ifndef HALE_ASIDE_H
#define HALE_ASIDE_H

#include <sched.h>
#include <signal.h>

// What every process that shares its parent's memory needs around its birth. Not for Swift.

#define HALE_STACK_SIZE (64 * 1024)

/// How urgent the calling thread is, and which signals it takes.
struct hale_aside {
    int policy;
    struct sched_param parameters;
    sigset_t signals;
};

/// Blocks every signal, as no handler of the parent's may run in the child, and makes the caller ordinary for as long as
/// it takes to make a child. The kernel puts the child of a real-time thread on another processor than its parent's,
/// though the parent sleeps until the child runs its program: where something else keeps that one busy the child waits for
/// its turn, which was measured as several milliseconds.
struct hale_aside hale_step_aside(void);

/// Undoes it.
void hale_step_back(const struct hale_aside *aside);

#endif
