/*
 * The control thread: commands on a Unix socket, signals, the clock, ageing, and the --stats
 * table. Only this thread adds and removes ports.
 */
#ifndef CONTROL_H
#define CONTROL_H

struct authority;
struct control;
struct vswitch;

/*
 * Listens on path, removing a stale socket there. The authority stays the caller's. Signals SIGINT
 * and SIGTERM stop the switch, SIGHUP does nothing; all three must be blocked in every thread. NULL
 * with a line on stderr.
 */
struct control *
control_create(struct vswitch *sw, const char *path, const struct authority *authority);

/* Serves until a signal comes; then sets sw->stop. arg: struct control *. */
void *
control_main(void *arg);

/* Closes clients and removes the socket. */
void
control_destroy(struct control *control);

#endif
