#ifndef HALE_CTERMINAL_H
#define HALE_CTERMINAL_H

// posix_openpt(3), ptsname_r(3) and the terminal ioctls are variadic or hidden behind _GNU_SOURCE.

/// Opens a new pseudo-terminal (pty(7)). Returns the end to read and write as a person would, which never waits;
/// `*process_end` is the end that a process takes for its terminal. Both close on exec. -errno where there is none.
int hale_open_terminal(int *process_end);

/// Says how large a terminal is, which sends SIGWINCH to who runs in it. 0, or -1 with errno.
int hale_set_terminal_size(int terminal, unsigned short columns, unsigned short rows);

#endif
