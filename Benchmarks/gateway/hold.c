// Opens connections, asks once for "/" on each, and keeps them open until its standard input ends.
//
// usage: hold ADDRESS PORT CONNECTIONS
//
// Prints how many it holds, once it holds them. Source addresses are taken from 127.0.2.0/24.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

static const char request[] = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n";

// Whether a connection was made and answered.
static int open_one(const struct sockaddr_in *server, unsigned number) {
    struct sockaddr_in own = {.sin_family = AF_INET};
    struct timeval patience = {.tv_sec = 10};
    int descriptor = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    char answer[4096];
    if (descriptor < 0) return 0;
    own.sin_addr.s_addr = htonl(0x7F000200U + 1 + number % 100);
    setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (bind(descriptor, (struct sockaddr *)&own, sizeof own) != 0) return 0;
    if (connect(descriptor, (const struct sockaddr *)server, sizeof *server) != 0) return 0;
    if (write(descriptor, request, sizeof request - 1) != (ssize_t)sizeof request - 1) return 0;
    size_t length = 0;
    for (;;) {
        ssize_t count = recv(descriptor, answer + length, sizeof answer - 1 - length, 0);
        if (count <= 0) return 0;
        length += (size_t)count;
        answer[length] = 0;
        char *blank = strstr(answer, "\r\n\r\n"), *size = strcasestr(answer, "content-length:");
        if (!blank) continue;
        if (!size) return 0;
        if (length >= (size_t)(blank + 4 - answer) + (size_t)atoi(size + 15)) return 1;
    }
}

int main(int count, char **arguments) {
    struct sockaddr_in server = {.sin_family = AF_INET};
    if (count != 4 || inet_pton(AF_INET, arguments[1], &server.sin_addr) != 1) {
        fprintf(stderr, "usage: hold ADDRESS PORT CONNECTIONS\n");
        return 2;
    }
    server.sin_port = htons((uint16_t)atoi(arguments[2]));
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    unsigned wanted = (unsigned)atoi(arguments[3]), held = 0;
    while (held < wanted && open_one(&server, held)) held++;
    if (held < wanted) perror("hold");
    printf("%u\n", held);
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) {}
    return 0;
}
