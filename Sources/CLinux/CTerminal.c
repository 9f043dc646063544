#define _GNU_SOURCE
#include "CTerminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int give_up(int master) {
    int code = errno;
    close(master);
    return -code;
}

int hale_open_terminal(int *process_end) {
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (master < 0) return -errno;
    if (grantpt(master) != 0 || unlockpt(master) != 0) return give_up(master);
    char name[64];
    if (ptsname_r(master, name, sizeof name) != 0) return give_up(master);
    *process_end = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*process_end < 0) return give_up(master);
    return master;
}

int hale_set_terminal_size(int terminal, unsigned short columns, unsigned short rows) {
    struct winsize size = {.ws_col = columns, .ws_row = rows};
    return ioctl(terminal, TIOCSWINSZ, &size);
}
