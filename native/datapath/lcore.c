#include <errno.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "lcore.h"
#include "processors.h"

struct lcore *
lcore_create(struct vswitch *sw, unsigned int id)
{
	int node = sw->lcore_node[id];
	struct lcore *lcore = zalloc_near("lcore", sizeof(*lcore), node);

	if (lcore && sw->finishes)
		lcore->gso_frames = zalloc_near("gso", sizeof(*lcore->gso_frames), node);
	if (lcore && sw->finishes && !lcore->gso_frames) {
		rte_free(lcore);
		lcore = NULL;
	}
	errno = lcore ? 0 : ENOMEM;
	if (lcore && !idle_open(&lcore->idle, id)) {
		lcore_destroy(lcore);
		return NULL;
	}
	if (lcore) {
		lcore->sw = sw;
		lcore->counters = sw->counters[id];
		lcore->index = rte_lcore_index((int)id);
		lcore->tsc_per_second = rte_get_tsc_hz();
	}
	return lcore;
}

void
lcore_destroy(struct lcore *lcore)
{
	if (!lcore)
		return;
	idle_close(&lcore->idle);
	rte_free(lcore->gso_frames);
	rte_free(lcore);
}

void
lcore_forget(struct lcore *lcore, uint16_t port)
{
	lcore->balance[port] = (struct balance){0};
	lcore->stuck[port] = 0;
	pairs_forget(&lcore->pairs, port);
}

void
lcore_busy(const struct lcore *lcore, uint64_t *cycles, uint64_t *frames)
{
	*cycles = __atomic_load_n(&lcore->busy_cycles, __ATOMIC_RELAXED);
	*frames = __atomic_load_n(&lcore->busy_frames, __ATOMIC_RELAXED);
}

bool
lcore_pair(const struct lcore *lcore, unsigned int place, struct pair_count *count)
{
	return pairs_read(&lcore->pairs, place, count);
}

void
lcore_waited(const struct lcore *lcore, uint64_t *waits, uint64_t *late)
{
	*waits = __atomic_load_n(&lcore->idle.waits, __ATOMIC_RELAXED);
	*late = __atomic_load_n(&lcore->idle.late, __ATOMIC_RELAXED);
}
