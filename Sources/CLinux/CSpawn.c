#define _GNU_SOURCE
#include "CSpawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "Aside.h"

#define KERNEL_SIGNALS 64

// Shared with the child, which writes `result` while the parent waits.
struct birth {
    const struct hale_spawn_request *request;
    struct hale_spawn_result *result;
    int born_in_cgroup;
    // Whether the kernel has reset all signals that were handled.
    int has_no_handlers;
};

static int fail(struct birth *birth, enum hale_spawn_stage stage) {
    birth->result->code = errno;
    birth->result->stage = stage;
    return -1;
}

// The kernel's form of sigaction(2) that means "the usual effect, no flags, empty mask": all zeros. The C library's
// refuses the two signals that it uses itself.
static const uint64_t usual[8];

uint64_t hale_ignored_signals(void) {
    uint64_t ignored = 0;
    for (int signal = 1; signal <= KERNEL_SIGNALS; signal++) {
        uint64_t present[8] = {0};
        if (syscall(SYS_rt_sigaction, signal, NULL, present, KERNEL_SIGNALS / 8) != 0) continue;
        if (present[0] == (uint64_t)(uintptr_t)SIG_IGN) ignored |= UINT64_C(1) << (signal - 1);
    }
    return ignored;
}

// Ignored signals stay ignored through execve(2). Handled ones do not, but until then they would run the parent's code.
static void reset_signals(const struct birth *birth) {
    for (int signal = 1; signal <= KERNEL_SIGNALS; signal++) {
        int is_usual = birth->has_no_handlers && !(birth->request->ignored >> (signal - 1) & 1);
        if (!is_usual) syscall(SYS_rt_sigaction, signal, usual, NULL, KERNEL_SIGNALS / 8);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int join(int entrance) {
    // "0" is the process that writes.
    return write(entrance, "0", 1) == 1 ? 0 : errno;
}

static void join_cgroups(struct birth *birth) {
    const struct hale_spawn_request *request = birth->request;
    if (request->cgroup >= 0 && !birth->born_in_cgroup) {
        int entrance = openat(request->cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
        int code = entrance < 0 ? errno : join(entrance);
        if (code) birth->result->cgroup_code = code;
    }
    for (size_t i = 0; i < request->cgroup_count; i++) {
        int code = join(request->cgroups[i]);
        if (code) birth->result->cgroup_code = code;
    }
}

// Before anything that a path leads to: it may lead elsewhere there.
static void enter_mounts(struct birth *birth) {
    int mounts = birth->request->mounts;
    if (mounts >= 0 && setns(mounts, CLONE_NEWNS) != 0) birth->result->mounts_code = errno;
}

// Unlike names, isolation is nothing to go without.
static int enter_network(const struct birth *birth) {
    int network = birth->request->network;
    return network < 0 ? 0 : setns(network, CLONE_NEWNET);
}

static int set_limits(struct birth *birth) {
    for (size_t i = 0; i < birth->request->limit_count; i++) {
        const struct hale_limit *limit = &birth->request->limits[i];
        struct rlimit64 wanted = {.rlim_cur = limit->soft, .rlim_max = limit->hard}, present;
        if (syscall(SYS_prlimit64, 0, limit->resource, &wanted, NULL) == 0) continue;
        birth->result->resource = limit->resource;
        if (errno != EPERM || syscall(SYS_prlimit64, 0, limit->resource, NULL, &present) != 0) return -1;
        // Only root may raise a hard limit: anybody else gets as much as there is.
        wanted.rlim_max = present.rlim_max;
        if (wanted.rlim_cur > present.rlim_max) wanted.rlim_cur = present.rlim_max;
        if (syscall(SYS_prlimit64, 0, limit->resource, &wanted, NULL) != 0) return -1;
        birth->result->clamped_limits |= UINT64_C(1) << (limit->resource & 63);
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

static int set_streams(const struct hale_spawn_request *request) {
    if (dup2(request->input, 0) < 0 || dup2(request->output, 1) < 0 || dup2(request->error, 2) < 0) return -1;
    // Where the kernel does not know it (before 5.9) all of Hale's own close at execve(2) still.
    syscall(SYS_close_range, 3, UINT_MAX, 0);
    return 0;
}

static int execute(struct birth *birth) {
    const struct hale_spawn_request *request = birth->request;
    int code = ENOENT;
    for (const char *const *path = request->candidates; *path; path++) {
        execve(*path, request->arguments, request->environment);
        // As the shell does: a file that may not be run is worth more words than one that is not there.
        if (errno != ENOENT && errno != ENOTDIR) code = errno;
        if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) break;
    }
    errno = code;
    return fail(birth, HALE_SPAWN_EXECUTE);
}

static int prepare_and_execute(struct birth *birth) {
    const struct hale_spawn_request *request = birth->request;
    setsid();
    umask(022);
    join_cgroups(birth);
    enter_mounts(birth);
    if (enter_network(birth) != 0) return fail(birth, HALE_SPAWN_NETWORK);
    if (set_limits(birth) != 0) return fail(birth, HALE_SPAWN_LIMIT);
    // Root may pass folders that the user may not, and a user may enter network folders that root may not.
    int entered = chdir(request->folder) == 0;
    if (set_streams(request) != 0) return fail(birth, HALE_SPAWN_STREAMS);
    if (request->terminal && ioctl(0, TIOCSCTTY, 0) != 0) return fail(birth, HALE_SPAWN_STREAMS);
    if (change_user(request) != 0) return fail(birth, HALE_SPAWN_USER);
    // After the change of user, which forgets it.
    if (request->ends_with_parent) prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (!entered && chdir(request->folder) != 0) return fail(birth, HALE_SPAWN_FOLDER);
    reset_signals(birth);
    return execute(birth);
}

// Runs on a stack of its own in the parent's memory, while the parent waits.
static int child(void *birth) {
    prepare_and_execute(birth);
    _exit(127);
}

// clone3(2), which the C library does not offer: `body` runs in the child, on the stack that `arguments` name.
#if defined(__x86_64__)
#define HAS_CLONE3 1
static long clone3_into(struct clone_args *arguments, int (*body)(void *), void *argument) {
    long result;
    register int (*kept_body)(void *) __asm__("r12") = body;
    register void *kept_argument __asm__("r13") = argument;
    __asm__ volatile(
        "syscall\n\t"
        "test %%rax, %%rax\n\t"
        "jnz 1f\n\t"
        "xor %%ebp, %%ebp\n\t"
        "mov %[argument], %%rdi\n\t"
        "call *%[body]\n\t"
        "hlt\n"
        "1:"
        : "=a"(result)
        : "a"(SYS_clone3), "D"(arguments), "S"(sizeof *arguments), [body] "r"(kept_body),
          [argument] "r"(kept_argument)
        : "rcx", "r11", "memory", "cc");
    return result;
}
#elif defined(__aarch64__)
#define HAS_CLONE3 1
static long clone3_into(struct clone_args *arguments, int (*body)(void *), void *argument) {
    register long number __asm__("x8") = SYS_clone3;
    register long result __asm__("x0") = (long)arguments;
    register long size __asm__("x1") = sizeof *arguments;
    register int (*kept_body)(void *) __asm__("x19") = body;
    register void *kept_argument __asm__("x20") = argument;
    __asm__ volatile(
        "svc #0\n\t"
        "cbnz x0, 1f\n\t"
        "mov x29, #0\n\t"
        "mov x0, %[argument]\n\t"
        "blr %[body]\n\t"
        "brk #1\n"
        "1:"
        : "+r"(result)
        : "r"(number), "r"(size), [body] "r"(kept_body), [argument] "r"(kept_argument)
        : "memory", "cc");
    return result;
}
#endif

// A process that is born in its cgroup costs nothing more. One that moves there waits until every processor of the
// machine has been elsewhere once, which was measured as 10 ms: longer than all the rest together.
static long clone_in_cgroup(struct birth *birth, char *stack) {
#ifdef HAS_CLONE3
    struct clone_args arguments;
    memset(&arguments, 0, sizeof arguments);
    arguments.flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_INTO_CGROUP | CLONE_CLEAR_SIGHAND;
    arguments.pidfd = (uint64_t)(uintptr_t)&birth->result->pidfd;
    arguments.exit_signal = SIGCHLD;
    arguments.stack = (uint64_t)(uintptr_t)stack;
    arguments.stack_size = HALE_STACK_SIZE;
    arguments.cgroup = (uint64_t)birth->request->cgroup;
    birth->born_in_cgroup = birth->has_no_handlers = 1;
    long pid = clone3_into(&arguments, child, birth);
    if (pid >= 0) return pid;
    birth->born_in_cgroup = birth->has_no_handlers = 0;
    return pid;
#else
    (void)birth;
    (void)stack;
    return -ENOSYS;
#endif
}

static long clone_plainly(struct birth *birth, char *stack) {
    int pid = clone(
        child, stack + HALE_STACK_SIZE, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, birth, &birth->result->pidfd);
    return pid < 0 ? -errno : pid;
}

static long clone_child(struct birth *birth) {
    char stack[HALE_STACK_SIZE] __attribute__((aligned(16)));
    if (birth->request->cgroup >= 0) {
        long pid = clone_in_cgroup(birth, stack);
        // Old kernels, and containers that forbid clone3(2), still let the process move there.
        if (pid >= 0 || pid == -EAGAIN || pid == -ENOMEM) return pid;
    }
    return clone_plainly(birth, stack);
}

struct hale_spawn_result hale_spawn(const struct hale_spawn_request *request) {
    struct hale_spawn_result result = {.pid = -1, .pidfd = -1};
    struct birth birth = {.request = request, .result = &result};
    const struct hale_aside aside = hale_step_aside();
    long pid = clone_child(&birth);
    hale_step_back(&aside);
    if (pid < 0) {
        result.stage = HALE_SPAWN_CLONE;
        result.code = (int)-pid;
        return result;
    }
    result.pid = (int32_t)pid;
    if (!result.stage) return result;
    while (waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR) {}
    close(result.pidfd);
    result.pid = -1;
    result.pidfd = -1;
    return result;
}

int hale_become_subreaper(void) {
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}
