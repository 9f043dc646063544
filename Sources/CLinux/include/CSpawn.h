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

/// Which step on the way to the running program failed.
enum hale_spawn_stage {
    HALE_SPAWN_CLONE = 1,
    HALE_SPAWN_STREAMS = 2,
    HALE_SPAWN_LIMIT = 3,
    HALE_SPAWN_USER = 4,
    HALE_SPAWN_FOLDER = 5,
    HALE_SPAWN_EXECUTE = 6,
    HALE_SPAWN_NETWORK = 7,
};

/// Everything a new process needs. All pointers stay the caller's and must live until hale_spawn returns.
struct hale_spawn_request {
    /// Paths to try in order, ended by NULL; all but the last may be missing.
    const char *const *candidates;
    char *const *arguments;
    char *const *environment;
    const char *folder;
    /// Descriptors that become 0, 1 and 2; none of them may be one of these.
    int input, output, error;
    /// Non-zero where `input` is a terminal that becomes the new session's own.
    int terminal;
    /// Non-zero to have the process killed when the thread that made it ends.
    int ends_with_parent;
    /// Non-zero to change to `user`, `group` and `groups`.
    int change_user;
    uint32_t user, group;
    const uint32_t *groups;
    size_t group_count;
    const struct hale_limit *limits;
    size_t limit_count;
    /// The open folder of a cgroup v2 to be born in, or -1.
    int cgroup;
    /// Open cgroup.procs files to be joined.
    const int *cgroups;
    size_t cgroup_count;
    /// The mount namespace to be in, or -1 for this process's own.
    int mounts;
    /// The network namespace to be in, or -1 for this process's own.
    int network;
    /// What hale_ignored_signals() returned, at a time since when no more signals have been ignored.
    uint64_t ignored;
};

/// What came of it.
struct hale_spawn_result {
    int32_t pid;
    int pidfd;
    /// 0 where all went well. Otherwise no process is left, and `pid` and `pidfd` are -1.
    enum hale_spawn_stage stage;
    /// errno of the stage that failed.
    int code;
    /// The resource whose limit failed at HALE_SPAWN_LIMIT.
    int32_t resource;
    /// By resource, a bit each: limits that were set only as far as the hard limit in force allows.
    uint64_t clamped_limits;
    /// errno of a cgroup that could not be joined, in which case the process runs without; 0 where all were.
    int cgroup_code;
    /// errno of a mount namespace that could not be entered, in which case the process runs in this process's own; 0
    /// where it could.
    int mounts_code;
};

/// The signals that this process ignores: bit 0 is signal 1.
uint64_t hale_ignored_signals(void);

/// Makes a process in a session of its own, as vfork(2) and execve(2) would: the caller waits until the program runs or
/// could not be. All signals have their default effect in it, and it has no descriptor but the three.
struct hale_spawn_result hale_spawn(const struct hale_spawn_request *request);

/// Has orphaned descendants become children of this process (PR_SET_CHILD_SUBREAPER). 0, or -1 with errno.
int hale_become_subreaper(void);

#endif
