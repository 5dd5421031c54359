/*
 * Tells clients that watch what happened (events.watch). Runs on the control thread, which makes
 * each line once for all of them; a client that does not read costs no more than its buffer
 * (clients.h).
 */
#ifndef WATCH_H
#define WATCH_H

#include <stdint.h>

struct clients;
struct event;
struct vswitch;

/* An event as a line; malloc'd, NULL: no memory. */
char *
watch_line(const struct event *event);
/* The line that says how many are missing here. */
char *
watch_missed_line(uint64_t missed);

/* Each round, after the clients were answered. */
void
watch_round(struct clients *clients, struct vswitch *sw);

#endif
