/*
 * A thread that runs where no lcore does, if there is such a place: DPDK's control threads, whose
 * functions releases name otherwise.
 */
#ifndef CONTROL_THREAD_H
#define CONTROL_THREAD_H

#include <pthread.h>

/* name: of 15 characters at most, or NULL. 0, or an error as errno has it. To be joined. */
int
control_thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *context);

#endif
