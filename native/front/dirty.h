/*
 * A live migration without a destination: the log of dirty pages that the switch shares with a
 * QEMU, and a twin of the guest's memory, which is to the destination what QEMU makes of the log.
 *
 *     switch writes a page,        the page is copied              all rings are stopped:
 *     and marks it in the log  ->  to the twin, its mark  -> … ->  what differs now is lost,
 *                                  taken away                      as it was never marked
 *
 * The guest's own writes, which KVM logs, go to both (front.h). Messages are those of QEMU
 * (vhost_migration_log(), vhost_dev_stop()), one function for each, so that frames may flow
 * between any two of them.
 *
 * Threads: as the guest.
 */
#ifndef FRONT_DIRTY_H
#define FRONT_DIRTY_H

#include <stdbool.h>
#include <stdint.h>

#include "front.h"

#define DIRTY_PAGE 4096

struct dirty {
	struct front *front;
	uint64_t longest; /* bytes of the longest frame that comes */
	uint64_t *log;
	uint64_t size;   /* of the log, in bytes */
	uint64_t marked; /* pages that were in the log, each time counted */
	/* The guest's first page that was marked though the switch has nothing to write there. */
	bool has_foreign;
	uint64_t foreign;
};

/* The smallest log for the guest's memory, as of QEMU. */
uint64_t
dirty_log_size(const struct front *front);

/*
 * A new log of `size` bytes for the switch, instead of the former one, of which the rest is taken.
 * False: no memory, or the switch refuses.
 */
bool
dirty_move(struct dirty *dirty, uint64_t size);
/* The switch is to log; the first time the twin is made, which differs in nothing. */
bool
dirty_begin(struct dirty *dirty);

/* Takes what is in the log: a round of the migration. */
void
dirty_take(struct dirty *dirty);

/* The switch is to stop using a ring. */
bool
dirty_stop(struct dirty *dirty, uint16_t ring);

/*
 * The next page, from `page` on, of which the twin has not what the guest has, after all rings were
 * stopped and the log taken; the number of all pages: none.
 */
uint64_t
dirty_lost(const struct dirty *dirty, uint64_t page);

void
dirty_end(struct dirty *dirty);

#endif
