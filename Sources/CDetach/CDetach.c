#define _GNU_SOURCE
#include "CDetach.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

static int describe_files(posix_spawn_file_actions_t *actions, const char *log) {
    int error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!error) {
        // A disk that is full or cannot be written must not keep a process from being made: it then has no log.
        int writable = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (writable >= 0) close(writable);
        error = posix_spawn_file_actions_addopen(
            actions, STDOUT_FILENO, writable >= 0 ? log : "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0600);
    }
    if (!error) error = posix_spawn_file_actions_adddup2(actions, STDOUT_FILENO, STDERR_FILENO);
    if (!error) error = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
    if (!error) error = posix_spawn_file_actions_addchdir_np(actions, "/");
    return error;
}

static int describe_process(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawnattr_setsigmask(attributes, &none);
    if (!error) error = posix_spawnattr_setsigdefault(attributes, &all);
    if (!error) {
        error = posix_spawnattr_setflags(
            attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    return error;
}

int hale_detach(const char *path, char *const arguments[], char *const environment[], const char *log) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error) return -error;
    error = posix_spawnattr_init(&attributes);
    if (error) {
        posix_spawn_file_actions_destroy(&actions);
        return -error;
    }
    pid_t pid = -1;
    error = describe_files(&actions, log);
    if (!error) error = describe_process(&attributes);
    if (!error) error = posix_spawn(&pid, path, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error ? -error : pid;
}
