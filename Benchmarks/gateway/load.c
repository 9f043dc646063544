// Asks a server as fast as it answers, from one thread, and says how fast that was.
//
// usage: load KIND ADDRESS PORT CONNECTIONS PIPELINE SIZE SECONDS
//
// KIND is redis-set, redis-get (a value of SIZE bytes, PIPELINE requests at a time) or http-close (a connection for
// each request, from source addresses in 127.0.1.0/24, so that ports do not run out). The time of a request is that of its
// whole batch, and with http-close it begins before connect(2) and ends when the server has closed.
//
// Prints one JSON object. `total` are the requests since the start, `requests` those after the first tenth, to which
// everything else belongs.

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
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

enum kind { REDIS_SET, REDIS_GET, HTTP_CLOSE };

struct client {
    int descriptor;
    bool waits_for_room;
    size_t sent, received;
    int64_t began;
};

// A histogram whose buckets are a 64th of their power of two wide: percentiles are right within 1.6 %.
enum { PARTS = 64, POWERS = 40 };
static uint64_t histogram[PARTS * POWERS];

static enum kind kind;
static struct sockaddr_in server;
static char *request, *scratch;
static size_t request_size, answer_size, pipeline;
static int poller;
static uint64_t requests, total, failed;
static bool is_warm;
enum { SCRATCH = 1 << 18 };

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static size_t bucket(uint64_t nanoseconds) {
    if (nanoseconds < PARTS) return nanoseconds;
    unsigned power = 63 - (unsigned)__builtin_clzll(nanoseconds) - 6;
    size_t index = (power + 1) * PARTS + (nanoseconds >> power) - PARTS;
    return index < PARTS * POWERS ? index : PARTS * POWERS - 1;
}

static double percentile(double share) {
    uint64_t count = 0, wanted = 0;
    for (size_t i = 0; i < PARTS * POWERS; i++) count += histogram[i];
    wanted = (uint64_t)((double)count * share);
    count = 0;
    for (size_t i = 0; i < PARTS * POWERS; i++) {
        count += histogram[i];
        if (count > wanted) {
            uint64_t value = i < PARTS ? i : ((uint64_t)(PARTS + i % PARTS) << (i / PARTS - 1));
            return (double)value / 1000;
        }
    }
    return 0;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void watch(struct client *client, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = client};
    if (epoll_ctl(poller, operation, client->descriptor, &event) != 0) die("epoll_ctl");
}

static void open_client(struct client *client) {
    static unsigned source;
    int on = 1;
    client->began = now();
    client->sent = client->received = 0;
    client->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (client->descriptor < 0) die("socket");
    setsockopt(client->descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (kind == HTTP_CLOSE) {
        struct sockaddr_in own = {.sin_family = AF_INET};
        own.sin_addr.s_addr = htonl(0x7F000100U + 1 + source++ % 250);
        setsockopt(client->descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        if (bind(client->descriptor, (struct sockaddr *)&own, sizeof own) != 0) die("bind");
    }
    if (connect(client->descriptor, (struct sockaddr *)&server, sizeof server) != 0 && errno != EINPROGRESS) {
        die("connect");
    }
    client->waits_for_room = true;
    watch(client, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

static void fail(struct client *client) {
    failed++;
    close(client->descriptor);
    open_client(client);
}

// False where the connection is broken.
static bool send_rest(struct client *client) {
    while (client->sent < request_size) {
        ssize_t count = send(client->descriptor, request + client->sent, request_size - client->sent, MSG_NOSIGNAL);
        if (count < 0 && errno != EAGAIN) return false;
        if (count < 0) {
            if (!client->waits_for_room) watch(client, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
            client->waits_for_room = true;
            return true;
        }
        client->sent += (size_t)count;
    }
    if (client->waits_for_room) watch(client, EPOLL_CTL_MOD, EPOLLIN);
    client->waits_for_room = false;
    return true;
}

static void count_batch(struct client *client) {
    total += pipeline;
    if (!is_warm) return;
    requests += pipeline;
    histogram[bucket((uint64_t)(now() - client->began))] += pipeline;
}

static void receive(struct client *client) {
    ssize_t count = recv(client->descriptor, scratch, SCRATCH, 0);
    if (count < 0 && errno == EAGAIN) return;
    bool has_answer = client->received >= answer_size;
    if (count > 0 && client->received == 0) {
        char expected = kind == REDIS_SET ? '+' : kind == REDIS_GET ? '$' : 'H';
        if (scratch[0] != expected) return fail(client);
    }
    if (count > 0) client->received += (size_t)count;
    if (kind == HTTP_CLOSE) {
        if (count > 0) return;
        if (count < 0 || !has_answer) return fail(client);
        count_batch(client);
        close(client->descriptor);
        return open_client(client);
    }
    if (count <= 0 || client->received > answer_size) return fail(client);
    if (client->received < answer_size) return;
    count_batch(client);
    client->sent = client->received = 0;
    client->began = now();
    if (!send_rest(client)) fail(client);
}

// The batch that each client sends again and again, and how many bytes the answer to it has.
static void prepare(size_t size) {
    char *value = malloc(size + 1), head[128];
    memset(value, 'x', size);
    value[size] = 0;
    request = malloc(pipeline * (size + 256));
    request_size = 0;
    for (size_t i = 0; i < pipeline; i++) {
        char *end = request + request_size;
        int count;
        if (kind == REDIS_SET) {
            count = sprintf(end, "*3\r\n$3\r\nSET\r\n$16\r\n%05zu-%010zu\r\n$%zu\r\n%s\r\n", size, i, size, value);
        } else if (kind == REDIS_GET) {
            count = sprintf(end, "*2\r\n$3\r\nGET\r\n$16\r\n%05zu-%010zu\r\n", size, i);
        } else {
            count = sprintf(end, "GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n");
        }
        request_size += (size_t)count;
    }
    if (kind == REDIS_SET) answer_size = pipeline * 5;
    if (kind == REDIS_GET) answer_size = pipeline * (size + 2 + (size_t)sprintf(head, "$%zu\r\n", size));
    if (kind == HTTP_CLOSE) answer_size = size;
    free(value);
}

static void run(struct client *clients, size_t count, double seconds) {
    struct epoll_event events[256];
    int64_t start = now(), warm = start + (int64_t)(seconds * 1e8), end = start + (int64_t)(seconds * 1e9), time;
    for (size_t i = 0; i < count; i++) open_client(&clients[i]);
    while ((time = now()) < end) {
        if (!is_warm && time >= warm) {
            is_warm = true;
            start = time;
        }
        int ready = epoll_wait(poller, events, 256, 100);
        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            if (client->waits_for_room && (events[i].events & EPOLLOUT) && !send_rest(client)) {
                fail(client);
            } else if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
                receive(client);
            }
        }
    }
    double elapsed = (double)(now() - start) / 1e9;
    printf("{\"total\": %lu, \"requests\": %lu, \"failed\": %lu, \"seconds\": %.6f, \"p50_us\": %.3f, \"p99_us\": %.3f,"
           " \"p999_us\": %.3f}\n",
           total, requests, failed, elapsed, percentile(0.5), percentile(0.99), percentile(0.999));
}

int main(int count, char **arguments) {
    if (count != 8) {
        fprintf(stderr, "usage: load KIND ADDRESS PORT CONNECTIONS PIPELINE SIZE SECONDS\n");
        return 2;
    }
    kind = !strcmp(arguments[1], "redis-set") ? REDIS_SET : !strcmp(arguments[1], "redis-get") ? REDIS_GET : HTTP_CLOSE;
    server.sin_family = AF_INET;
    server.sin_port = htons((uint16_t)atoi(arguments[3]));
    if (inet_pton(AF_INET, arguments[2], &server.sin_addr) != 1) die("inet_pton");
    size_t connections = (size_t)atoi(arguments[4]);
    pipeline = (size_t)atoi(arguments[5]);
    signal(SIGPIPE, SIG_IGN);
    scratch = malloc(SCRATCH);
    poller = epoll_create1(0);
    prepare((size_t)atoi(arguments[6]));
    run(calloc(connections, sizeof(struct client)), connections, atof(arguments[7]));
    return 0;
}
