// An HTTP server on one thread that does as little as possible: 200 bytes for "/", one MiB for "/large", and for
// "/accepted" the number of connections it has accepted so far.
//
// usage: server ADDRESS PORT PORT     (both ports lead to the same)

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD = 2048, LARGE = 1 << 20, SMALL_TOTAL = 200 };

struct connection {
    char head[HEAD];
    size_t length;
    const char *answer;
    size_t left;
    bool closes, waits_for_room;
    char counted[160];
};

static struct connection **connections;
static int poller, first_listener, second_listener;
static char small[2][512], *large[2];
static size_t small_size[2], large_size[2];
static unsigned long accepted;

static size_t build(char *answer, size_t body, bool closes) {
    int head = sprintf(answer, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n%sContent-Length: %zu\r\n\r\n",
                       closes ? "Connection: close\r\n" : "", body);
    memset(answer + head, 'x', body);
    return (size_t)head + body;
}

static void watch(int descriptor, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = descriptor};
    epoll_ctl(poller, operation, descriptor, &event);
}

static int listen_at(const char *address, const char *port) {
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    inet_pton(AF_INET, address, &place.sin_addr);
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(descriptor, (struct sockaddr *)&place, sizeof place) != 0 || listen(descriptor, 4096) != 0) {
        perror("server");
        exit(1);
    }
    watch(descriptor, EPOLL_CTL_ADD, EPOLLIN);
    return descriptor;
}

static void accept_clients(int listener) {
    for (int i = 0; i < 64; i++) {
        int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (descriptor < 0) return;
        accepted++;
        connections[descriptor] = calloc(1, sizeof(struct connection));
        watch(descriptor, EPOLL_CTL_ADD, EPOLLIN);
    }
}

static void end(int descriptor) {
    free(connections[descriptor]);
    connections[descriptor] = NULL;
    close(descriptor);
}

// False where the connection has ended.
static bool send_answer(int descriptor) {
    struct connection *connection = connections[descriptor];
    while (connection->left > 0) {
        ssize_t count = send(descriptor, connection->answer, connection->left, MSG_NOSIGNAL);
        if (count < 0 && errno == EAGAIN) {
            if (!connection->waits_for_room) watch(descriptor, EPOLL_CTL_MOD, EPOLLOUT);
            connection->waits_for_room = true;
            return true;
        }
        if (count < 0) return end(descriptor), false;
        connection->answer += count;
        connection->left -= (size_t)count;
    }
    if (connection->waits_for_room) watch(descriptor, EPOLL_CTL_MOD, EPOLLIN);
    connection->waits_for_room = false;
    if (connection->closes) return end(descriptor), false;
    return true;
}

static void choose_answer(struct connection *connection) {
    bool closes = strcasestr(connection->head, "\r\nconnection: close") != NULL;
    connection->closes = closes;
    if (!strncmp(connection->head, "GET /large", 10)) {
        connection->answer = large[closes];
        connection->left = large_size[closes];
    } else if (!strncmp(connection->head, "GET /accepted", 13)) {
        char body[32];
        int length = sprintf(body, "%lu", accepted);
        connection->left = (size_t)sprintf(connection->counted, "HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s",
                                           closes ? "Connection: close\r\n" : "", length, body);
        connection->answer = connection->counted;
    } else {
        connection->answer = small[closes];
        connection->left = small_size[closes];
    }
}

static void receive(int descriptor) {
    struct connection *connection = connections[descriptor];
    ssize_t count = recv(descriptor, connection->head + connection->length, HEAD - 1 - connection->length, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return end(descriptor);
    connection->length += (size_t)count;
    connection->head[connection->length] = 0;
    char *blank = strstr(connection->head, "\r\n\r\n");
    if (!blank) {
        if (connection->length == HEAD - 1) end(descriptor);
        return;
    }
    choose_answer(connection);
    connection->length = 0;
    send_answer(descriptor);
}

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: server ADDRESS PORT PORT\n");
        return 2;
    }
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max < 1 << 20 ? limit.rlim_max : 1 << 20;
    setrlimit(RLIMIT_NOFILE, &limit);
    connections = calloc(limit.rlim_cur, sizeof *connections);
    signal(SIGPIPE, SIG_IGN);
    for (int closes = 0; closes < 2; closes++) {
        char head[256];
        small_size[closes] = build(small[closes], SMALL_TOTAL - (build(head, 100, closes) - 100), closes);
        large[closes] = malloc(LARGE + 256);
        large_size[closes] = build(large[closes], LARGE, closes);
    }
    poller = epoll_create1(0);
    first_listener = listen_at(arguments[1], arguments[2]);
    second_listener = listen_at(arguments[1], arguments[3]);
    struct epoll_event events[256];
    for (;;) {
        int ready = epoll_wait(poller, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            int descriptor = events[i].data.fd;
            if (descriptor == first_listener || descriptor == second_listener) accept_clients(descriptor);
            else if (!connections[descriptor]) continue;
            else if (events[i].events & EPOLLOUT) send_answer(descriptor);
            else receive(descriptor);
        }
    }
}
