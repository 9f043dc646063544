#define _GNU_SOURCE
#include "CMounts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "Aside.h"

// Shared with the child, which writes `result` while the parent waits.
struct errand {
    const char *file;
    const char *place;
    const char *resolver;
    struct hale_mounts_result *result;
};

static int fail(struct errand *errand, enum hale_mounts_stage stage) {
    errand->result->code = errno;
    errand->result->stage = stage;
    return -1;
}

static int is_same(const struct stat *one, const struct stat *other) {
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

static int bind_file(struct errand *errand) {
    if (mount(errand->file, errand->place, NULL, MS_BIND, NULL) == 0) return 0;
    return fail(errand, HALE_MOUNTS_BIND);
}

static int bind_resolver(struct errand *errand) {
    if (!errand->resolver || mount(errand->resolver, "/etc/resolv.conf", NULL, MS_BIND, NULL) == 0) return 0;
    return fail(errand, HALE_MOUNTS_RESOLVER);
}

// Whoever enters the namespace gets its root (setns(2)), which is another than the present one in a chroot(2).
static int check_root(struct errand *errand, int descriptor) {
    struct stat before, after;
    if (stat("/", &before) != 0 || setns(descriptor, CLONE_NEWNS) != 0 || stat("/", &after) != 0) {
        return fail(errand, HALE_MOUNTS_ENTER);
    }
    if (is_same(&before, &after)) return 0;
    errno = EXDEV;
    return fail(errand, HALE_MOUNTS_ROOT);
}

// Runs in the new namespace, with the parent's descriptors.
static int make(void *argument) {
    struct errand *errand = argument;
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0) return fail(errand, HALE_MOUNTS_PROPAGATION);
    if (bind_file(errand) != 0 || bind_resolver(errand) != 0) return -1;
    int descriptor = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return fail(errand, HALE_MOUNTS_OPEN);
    if (check_root(errand, descriptor) != 0) {
        close(descriptor);
        return -1;
    }
    errand->result->descriptor = descriptor;
    return 0;
}

static int renew(void *argument) {
    struct errand *errand = argument;
    if (setns(errand->result->descriptor, CLONE_NEWNS) != 0) return fail(errand, HALE_MOUNTS_ENTER);
    struct stat wanted, present;
    if (stat(errand->file, &wanted) == 0 && stat(errand->place, &present) == 0) {
        if (is_same(&wanted, &present)) return 0;
        // Nothing can be mounted on a file that was removed.
        if (present.st_nlink == 0) umount2(errand->place, MNT_DETACH);
    }
    return bind_file(errand);
}

// Runs `body` in a child with this process's memory, and waits for its end, which is told to nobody else.
static void run(struct errand *errand, int (*body)(void *), int flags) {
    char stack[HALE_STACK_SIZE] __attribute__((aligned(16)));
    const struct hale_aside aside = hale_step_aside();
    int pid = clone(body, stack + HALE_STACK_SIZE, CLONE_VM | CLONE_VFORK | flags, errand);
    if (pid < 0) fail(errand, HALE_MOUNTS_CLONE);
    hale_step_back(&aside);
    if (pid < 0) return;
    while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR) {}
}

struct hale_mounts_result hale_make_mounts(const char *file, const char *place, const char *resolver) {
    struct hale_mounts_result result = {.descriptor = -1};
    struct errand errand = {.file = file, .place = place, .resolver = resolver, .result = &result};
    run(&errand, make, CLONE_NEWNS | CLONE_FILES);
    return result;
}

struct hale_mounts_result hale_renew_mounts(int descriptor, const char *file, const char *place) {
    struct hale_mounts_result result = {.descriptor = descriptor};
    struct errand errand = {.file = file, .place = place, .result = &result};
    run(&errand, renew, 0);
    return result;
}
