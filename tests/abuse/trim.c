/* Returns unused memory to the system on SIGUSR1.
 *
 * The allocator of glibc returns memory by itself only from the top of its heap, so VmRSS shows the most that was ever in use. The drill measures what the
 * server keeps: it preloads this library, and asks for the memory before it reads VmRSS. */
#include <malloc.h>
#include <pthread.h>
#include <signal.h>

static sigset_t signals;

static void *trim(void *unused) {
    (void)unused;
    for (;;) {
        int number;
        if (sigwait(&signals, &number) == 0)
            malloc_trim(0);
    }
    return NULL;
}

__attribute__((constructor)) static void start(void) {
    pthread_t thread;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    /* Threads inherit the mask, so only the one that waits receives the signal. */
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    pthread_create(&thread, NULL, trim, NULL);
}
