#ifndef HALE_CDETACH_H
#define HALE_CDETACH_H

/// Starts a program that lives on by itself: in a session of its own, in the root folder, with no descriptor of the
/// caller's but standard input from /dev/null and standard output and error appended to `log`, and with every signal
/// at its default and unblocked.
///
/// `arguments` and `environment` end with NULL. Returns the pid, which the caller may wait for, or -errno.
int hale_detach(const char *path, char *const arguments[], char *const environment[], const char *log);

#endif
