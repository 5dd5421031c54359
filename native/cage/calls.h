/*
 * System calls that a running switch makes.
 *
 * Found by running the tests of test/switching under the filter, and by reading what DPDK does
 * after its start. Anything else ends the process, with a line that names the call: who asks for it
 * has taken the process over, or there is a defect, and a switch that goes on with a call that
 * failed unexpectedly is harder to understand than one that was restarted (guests reconnect).
 */
#ifndef CAGE_CALLS_H
#define CAGE_CALLS_H

#include <stdbool.h>

/* Sanitizers trace and fork when they report. */
#ifdef SANITIZED
#define CALLS_CONFINED 0
#else
#define CALLS_CONFINED 1
#endif

/* In all threads. drivers: calls that drivers of devices make are allowed. False with errno. */
bool
calls_confine(bool drivers);

#endif
