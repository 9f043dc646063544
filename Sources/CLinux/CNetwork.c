#define _GNU_SOURCE
#include "CNetwork.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

// Of the process, all of whose threads are in it but for the moments that they spend below.
static int own_network = -1;

static int open_own(void) {
    int known = __atomic_load_n(&own_network, __ATOMIC_ACQUIRE);
    if (known >= 0) return known;
    int opened = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (opened < 0) return -1;
    if (__atomic_compare_exchange_n(&own_network, &known, opened, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return opened;
    close(opened);
    return known;
}

int hale_socket_in(int network, int family, int kind) {
    int own = open_own();
    if (own < 0 || setns(network, CLONE_NEWNET) != 0) return -1;
    int made = socket(family, kind, 0);
    int code = errno;
    // A thread that stayed there would do everything else there as well: better none at all.
    if (setns(own, CLONE_NEWNET) != 0) abort();
    errno = code;
    return made;
}

int hale_network_of(int socket) {
    return ioctl(socket, SIOCGSKNS);
}
