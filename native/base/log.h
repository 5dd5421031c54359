/*
 * Log lines go to stderr through DPDK's log, so that --log-level (user1) governs them.
 * Never called by forwarding lcores.
 */
#ifndef LOG_H
#define LOG_H

#include <rte_log.h>

#define LOG(level, ...)                                                                            \
	RTE_LOG(level, USER1,                                                                      \
		RTE_FMT("vhost-switch: " RTE_FMT_HEAD(__VA_ARGS__, ) "\n",                         \
			RTE_FMT_TAIL(__VA_ARGS__, )))

#endif
