// Kills a server and tells how long it took until another process answered in its place.
//
// usage: probe ADDRESS PORT PID
//
// Sends SIGKILL to PID and connects again and again without a pause until somebody with another pid greets. Prints the
// nanoseconds from just before the kill to the greeting, then the greeting. With PID 0 nobody is killed.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const long long patience = 60000000000LL;

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

// Has a client come from a loopback address that no earlier one had. The server closes first, so the kernel remembers each
// connection for a minute: one from the same address and port that finds nobody listening would be tried again only after
// ten milliseconds or more, which says nothing of a supervisor.
static void come_from_elsewhere(int client) {
    static unsigned number;
    if (number == 0) number = (unsigned)now();
    number++;
    struct sockaddr_in own = {.sin_family = AF_INET};
    own.sin_addr.s_addr = htonl(0x7F000000u | (0x800000u + number % 0x7F0000u));
    if (bind(client, (struct sockaddr *)&own, sizeof own) != 0) perror("probe: bind");
}

// The pid that greets, with its greeting; 0 where nobody does.
static int greeted(const struct sockaddr_in *place, char *greeting, size_t size) {
    int client = socket(AF_INET, SOCK_STREAM, 0), pid = 0, on = 1;
    setsockopt(client, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    come_from_elsewhere(client);
    // A listener that closes just as a handshake completes can leave the client connected to nobody, without a reset.
    struct timeval limit = {.tv_usec = 250000};
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(client, (const struct sockaddr *)place, sizeof *place) == 0) {
        ssize_t count = read(client, greeting, size - 1);
        greeting[count > 0 ? count : 0] = 0;
        pid = atoi(greeting);
    }
    close(client);
    return pid;
}

int main(int count, char **arguments) {
    struct sockaddr_in place = {.sin_family = AF_INET};
    if (count != 4 || inet_pton(AF_INET, arguments[1], &place.sin_addr) != 1) {
        fprintf(stderr, "usage: probe ADDRESS PORT PID\n");
        return 2;
    }
    place.sin_port = htons((unsigned short)atoi(arguments[2]));
    int old = atoi(arguments[3]);
    char greeting[128];

    long long start = now();
    if (old > 0 && kill(old, SIGKILL) != 0) {
        perror("probe: kill");
        return 1;
    }
    for (;;) {
        int pid = greeted(&place, greeting, sizeof greeting);
        long long spent = now() - start;
        if (pid != 0 && pid != old) {
            printf("%lld %s", spent, greeting);
            return 0;
        }
        if (spent > patience) {
            fprintf(stderr, "probe: nobody has answered at %s port %s for a minute\n", arguments[1], arguments[2]);
            return 1;
        }
    }
}
