/*
 * Questions to the switch, by its control socket: one request, one answer, within the time that
 * there is.
 *
 * Only a switch is believed that root or this user has started: the kernel says who listens.
 */
#ifndef ASK_H
#define ASK_H

#include <jansson.h>
#include <time.h>

enum ask_result {
	ASK_ANSWERED,
	ASK_NOBODY,  /* there is no switch, or not for us */
	ASK_REFUSED, /* it does not know what it was asked about */
	ASK_LATE,    /* it has not answered in time */
};

/* The present time and so many seconds. */
struct timespec
ask_until(unsigned int seconds);

/* The answer's "result" in *result, to be freed. `params` is taken over. */
enum ask_result
ask_switch(const char *socket_path, const char *method, json_t *params, struct timespec until,
	json_t **result);

#endif
