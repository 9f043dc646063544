#ifndef HALE_CMOUNTS_H
#define HALE_CMOUNTS_H

/// Which step on the way to a mount namespace failed.
enum hale_mounts_stage {
    HALE_MOUNTS_CLONE = 1,
    HALE_MOUNTS_PROPAGATION = 2,
    HALE_MOUNTS_BIND = 3,
    HALE_MOUNTS_OPEN = 4,
    HALE_MOUNTS_ROOT = 5,
    HALE_MOUNTS_ENTER = 6,
    HALE_MOUNTS_RESOLVER = 7,
};

/// What came of it.
struct hale_mounts_result {
    /// The namespace, close-on-exec, which lives for as long as this or a process in it; -1 where there is none.
    int descriptor;
    /// 0 where all went well.
    enum hale_mounts_stage stage;
    /// errno of the stage that failed.
    int code;
};

/// Makes a mount namespace (mount_namespaces(7)) in which `file` is found at `place`, and `resolver`, unless it is NULL, at
/// /etc/resolv.conf. What the host mounts and unmounts later is seen in it as far as the host shares it; what is mounted in
/// it is seen nowhere else.
struct hale_mounts_result hale_make_mounts(const char *file, const char *place, const char *resolver);

/// Has `file` be found at `place` in that namespace, where it is not. `descriptor` stays the caller's and is what the
/// result has.
struct hale_mounts_result hale_renew_mounts(int descriptor, const char *file, const char *place);

#endif
