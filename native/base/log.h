/*
 * Log lines go through DPDK's log, so that --log-level (user1) governs them, to where log_out.h
 * says. Never called by forwarding lcores.
 *
 * A guest can cause lines, ours and rte_vhost's, as fast as it sends messages. So lines about one
 * port, by its name or its socket, are limited, and so are those about none, at ten times the rate.
 * The next one that passes is preceded by the number of those that did not.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_log.h>

#define LOG(level, ...)                                                                            \
	RTE_LOG(level, USER1,                                                                      \
		RTE_FMT("vhost-switch: " RTE_FMT_HEAD(__VA_ARGS__, ) "\n",                         \
			RTE_FMT_TAIL(__VA_ARGS__, )))

/*
 * Takes all lines of DPDK's log from here on, after log_out_open(). limit: a second and subject,
 * ten times as many at once; 0: any; NULL: no limit. It may change, and must stay where it is. By
 * the main thread. False with errno.
 */
bool
log_limit(const uint32_t *limit);

/* Takes another limit from here on; NULL: none. */
void
log_limit_change(const uint32_t *limit);

/*
 * Main thread, then control thread, after rte_eal_init(): the least urgent of our own and
 * rte_vhost's lines that are logged, RTE_LOG_…; 0: as --log-level says.
 */
void
log_level(uint32_t level);

/* Lines that were left out about this subject: a port's name, or a socket's path. */
uint64_t
log_left_out(const char *subject);

#endif
