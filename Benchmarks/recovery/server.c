// A server that accepts connections as soon as it runs, and tells each client its pid and its address.
//
// usage: server ADDRESS PORT, or with BENCH_ADDRESS and BENCH_PORT in the environment where a supervisor starts
// programs without arguments.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char **arguments) {
    const char *address = count > 2 ? arguments[1] : getenv("BENCH_ADDRESS");
    const char *port = count > 2 ? arguments[2] : getenv("BENCH_PORT");
    struct sockaddr_in place = {.sin_family = AF_INET};
    if (!address || !port || inet_pton(AF_INET, address, &place.sin_addr) != 1) {
        fprintf(stderr, "usage: server ADDRESS PORT\n");
        return 2;
    }
    place.sin_port = htons((unsigned short)atoi(port));
    signal(SIGPIPE, SIG_IGN);

    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&place, sizeof place) != 0 || listen(listener, 1024) != 0) {
        perror("server");
        return 1;
    }
    char greeting[64];
    int length = snprintf(greeting, sizeof greeting, "%d %s\n", getpid(), address);
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client < 0) continue;
        if (write(client, greeting, (size_t)length) < 0) perror("server");
        close(client);
    }
}
