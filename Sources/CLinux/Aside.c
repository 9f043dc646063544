#define _GNU_SOURCE
#include "Aside.h"

#include <pthread.h>

struct hale_aside hale_step_aside(void) {
    struct hale_aside aside;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &aside.signals);
    aside.policy = sched_getscheduler(0);
    if (sched_getparam(0, &aside.parameters) != 0) aside.policy = -1;
    const struct sched_param ordinary = {0};
    int policy = aside.policy & ~SCHED_RESET_ON_FORK;
    if (aside.policy < 0 || (policy != SCHED_RR && policy != SCHED_FIFO) ||
        sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &ordinary) != 0) {
        aside.policy = -1;
    }
    return aside;
}

void hale_step_back(const struct hale_aside *aside) {
    if (aside->policy >= 0) sched_setscheduler(0, aside->policy, &aside->parameters);
    pthread_sigmask(SIG_SETMASK, &aside->signals, NULL);
}
