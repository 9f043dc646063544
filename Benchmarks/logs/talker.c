// Prints numbered lines at a rate, each by a write of its own, as most programs do.
//
// usage: talker LINES_A_SECOND SECONDS WIDTH
//
// At the end it says how many it printed, and waits to be ended.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: talker LINES_A_SECOND SECONDS WIDTH\n");
        return 2;
    }
    long rate = atol(arguments[1]), total = rate * atol(arguments[2]);
    int width = atoi(arguments[3]);
    if (rate < 1 || width < 32 || width > 65536) return 2;
    char *line = malloc((size_t)width + 32);
    if (!line) return 1;
    double start = now();
    for (long number = 0; number < total; number++) {
        double due = start + (double)number / (double)rate, wait = due - now();
        if (wait > 0) {
            struct timespec pause = {.tv_sec = (time_t)wait, .tv_nsec = (long)((wait - (double)(time_t)wait) * 1e9)};
            nanosleep(&pause, NULL);
        }
        int length = sprintf(line, "%ld ", number);
        memset(line + length, 'x', (size_t)(width - length));
        line[width - 1] = '\n';
        if (write(1, line, (size_t)width) != width) return 1;
    }
    printf("printed %ld\n", total);
    fflush(stdout);
    for (;;) pause();
}
