#include <stddef.h>

#include "placement.h"

uint16_t
placement_start(const struct placement_lcore *lcores, uint16_t n, int node)
{
	const struct placement_lcore *best = NULL;

	for (uint16_t i = 0; i < n; i++)
		if ((node < 0 || lcores[i].node == node) && (!best || lcores[i].load < best->load))
			best = &lcores[i];
	return best ? (uint16_t)(best - lcores) : placement_start(lcores, n, -1);
}

static uint32_t
apart(uint32_t one, uint32_t other)
{
	return one > other ? one - other : other - one;
}

/* The least loaded lcore of the same node; itself if there is no other. */
static uint16_t
quietest_beside(const struct placement_lcore *lcores, uint16_t n, uint16_t at)
{
	uint16_t best = at;

	for (uint16_t i = 0; i < n; i++)
		if (lcores[i].node == lcores[at].node && lcores[i].load < lcores[best].load)
			best = i;
	return best;
}

bool
placement_move(const struct placement_lcore *lcores, uint16_t n,
	const struct placement_queue *queues, uint32_t n_queues, uint32_t least,
	struct placement_step *step)
{
	uint32_t most = least;

	for (uint32_t i = 0; i < n_queues; i++) {
		const struct placement_queue *queue = &queues[i];
		const struct placement_lcore *from = &lcores[queue->at];
		const struct placement_lcore *to = &lcores[quietest_beside(lcores, n, queue->at)];
		uint32_t before = from->load - to->load, after;

		if (queue->fixed || queue->load == 0 || queue->load > from->load)
			continue;
		after = apart(from->load - queue->load, to->load + queue->load);
		if (after >= before || before - after <= most)
			continue;
		most = before - after;
		*step = (struct placement_step){
			.id = queue->id,
			.from = from->lcore,
			.to = to->lcore,
			.before = before,
			.after = after,
		};
	}
	return most > least;
}
