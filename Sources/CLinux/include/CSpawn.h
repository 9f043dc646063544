#ifndef HALE_CSPAWN_H
#define HALE_CSPAWN_H

#include <stddef.h>
#include <stdint.h>

/// A limit for setrlimit(2); UINT64_MAX is unlimited.
struct hale_limit {
    int32_t resource;
    uint64_t soft;
    uint64_t hard;
};

/// Which step between clone and exec failed.
enum hale_spawn_stage {
    HALE_SPAWN_CLONE = 1,
    HALE_SPAWN_CGROUP = 2,
    HALE_SPAWN_LIMIT = 3,
    HALE_SPAWN_USER = 4,
    HALE_SPAWN_FOLDER = 5,
    HALE_SPAWN_EXECUTE = 6,
};

/// Everything a new process needs. All pointers stay the caller's and must live until hale_spawn returns.
struct hale_spawn_request {
    /// Paths to try in order, ended by NULL; all but the last may be missing.
    const char *const *candidates;
    char *const *arguments;
    char *const *environment;
    const char *folder;
    /// Descriptors that become 0, 1 and 2.
    int input, output, error;
    /// Non-zero to change to `user`, `group` and `groups`.
    int change_user;
    uint32_t user, group;
    const uint32_t *groups;
    size_t group_count;
    const struct hale_limit *limits;
    size_t limit_count;
    /// Open cgroup.procs files to be joined.
    const int *cgroups;
    size_t cgroup_count;
};

/// What came of it.
struct hale_spawn_result {
    int32_t pid;
    int pidfd;
    /// 0 where all went well.
    enum hale_spawn_stage stage;
    int code;
};

/// Makes a process in a session of its own, as vfork(2) and execve(2) would: the caller waits until the program runs or
/// could not be. Every other descriptor must be close-on-exec. All signals have their default effect in it.
struct hale_spawn_result hale_spawn(const struct hale_spawn_request *request);

/// Has orphaned descendants become children of this process (PR_SET_CHILD_SUBREAPER). 0, or -1 with errno.
int hale_become_subreaper(void);

#endif
