// The least that a supervisor can do: wait for the child, vfork and exec it again. It is what the others are compared
// with; no supervisor that execs its child can be faster.
//
// usage: bare PROGRAM ARGUMENT…

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int main(int count, char **arguments) {
    if (count < 2) {
        fprintf(stderr, "usage: bare PROGRAM ARGUMENT...\n");
        return 2;
    }
    for (;;) {
        pid_t child = vfork();
        if (child == 0) {
            execve(arguments[1], arguments + 1, environ);
            _exit(127);
        }
        if (child < 0 || waitpid(child, NULL, 0) < 0) {
            perror("bare");
            return 1;
        }
    }
}
