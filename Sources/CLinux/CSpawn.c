#define _GNU_SOURCE
#include "CSpawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STACK_SIZE (64 * 1024)

struct start {
    const struct hale_spawn_request *request;
    struct hale_spawn_result *result;
};

static int fail(struct hale_spawn_result *result, enum hale_spawn_stage stage) {
    result->code = errno;
    result->stage = stage;
    _exit(127);
}

static int join_cgroups(const struct hale_spawn_request *request) {
    for (size_t i = 0; i < request->cgroup_count; i++) {
        if (write(request->cgroups[i], "0", 1) != 1) return -1;
    }
    return 0;
}

static int set_limits(const struct hale_spawn_request *request) {
    for (size_t i = 0; i < request->limit_count; i++) {
        const struct hale_limit *limit = &request->limits[i];
        struct rlimit64 value = {.rlim_cur = limit->soft, .rlim_max = limit->hard};
        if (syscall(SYS_prlimit64, 0, limit->resource, &value, NULL) != 0) return -1;
    }
    return 0;
}

// The C library's setuid and its like reach every thread of the process, whose memory this child still shares: the plain
// system calls change this child alone.
static int change_user(const struct hale_spawn_request *request) {
    if (!request->change_user) return 0;
    if (syscall(SYS_setgroups, request->group_count, request->groups) != 0) return -1;
    if (syscall(SYS_setresgid, request->group, request->group, request->group) != 0) return -1;
    return (int)syscall(SYS_setresuid, request->user, request->user, request->user);
}

static int place(int from, int to) {
    return from == to ? fcntl(to, F_SETFD, 0) : dup2(from, to);
}

static void reset_signals(void) {
    struct sigaction usual;
    memset(&usual, 0, sizeof usual);
    usual.sa_handler = SIG_DFL;
    for (int signal = 1; signal < 65; signal++) {
        if (signal != SIGKILL && signal != SIGSTOP) sigaction(signal, &usual, NULL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// Runs on a stack of its own in the parent's memory, while the parent waits: it may write the result, and nothing else.
static int child(void *argument) {
    const struct start *start = argument;
    const struct hale_spawn_request *request = start->request;
    setsid();
    if (join_cgroups(request) != 0) fail(start->result, HALE_SPAWN_CGROUP);
    if (set_limits(request) != 0) fail(start->result, HALE_SPAWN_LIMIT);
    // The three may stand in each other's way only if they are numbered 0 to 2 already, which the caller avoids.
    if (place(request->input, 0) < 0 || place(request->output, 1) < 0 || place(request->error, 2) < 0) {
        fail(start->result, HALE_SPAWN_EXECUTE);
    }
    if (change_user(request) != 0) fail(start->result, HALE_SPAWN_USER);
    if (chdir(request->folder) != 0) fail(start->result, HALE_SPAWN_FOLDER);
    reset_signals();
    int code = ENOENT;
    for (const char *const *path = request->candidates; *path; path++) {
        execve(*path, request->arguments, request->environment);
        // As the shell does: a file that may not be run is worth more words than one that is not there.
        if (errno != ENOENT && errno != ENOTDIR) code = errno;
        if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) break;
    }
    errno = code;
    return fail(start->result, HALE_SPAWN_EXECUTE);
}

struct hale_spawn_result hale_spawn(const struct hale_spawn_request *request) {
    struct hale_spawn_result result = {.pid = -1, .pidfd = -1};
    char *stack =
        mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) {
        result.stage = HALE_SPAWN_CLONE;
        result.code = errno;
        return result;
    }
    struct start start = {.request = request, .result = &result};
    // No handler of the parent's may run in the child.
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    int pid = clone(child, stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &start, &result.pidfd);
    int code = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    munmap(stack, STACK_SIZE);
    result.pid = pid;
    if (pid < 0) {
        result.stage = HALE_SPAWN_CLONE;
        result.code = code;
    }
    return result;
}

int hale_become_subreaper(void) {
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}
