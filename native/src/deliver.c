#include <rte_cycles.h>

#include "core.h"
#include "mirror.h"
#include "uplink.h"

static void
add_results(struct ring_put_result *sum, struct ring_put_result one)
{
	sum->sent += one.sent;
	sum->sent_bytes += one.sent_bytes;
	sum->small += one.small;
	sum->busy = one.busy;
	sum->full = one.full;
}

/*
 * --rx-retry: gives a guest time to empty its ring. One that did not use it last time is not
 * waited for again before it has taken something: others must not suffer from it.
 */
static void
retry_full(struct core *core, const struct member *to, struct ring *ring, const struct batch *batch,
	struct ring_put_result *result)
{
	struct settings *settings = &core->sw->settings;
	uint32_t left = atomic_load_explicit(&settings->rx_retry_num, memory_order_relaxed);
	uint32_t delay = atomic_load_explicit(&settings->rx_retry_delay, memory_order_relaxed);

	if (core->stuck[to->id])
		return;
	/* It empties its ring only when it knows that there is something in it. */
	core_tell(core);
	for (; left > 0 && result->full; left--) {
		uint16_t done = batch->n - result->full;

		rte_delay_us_block(delay);
		add_results(result,
			ring_put_due(ring, batch->frames + done, batch->n - done, core_due(core)));
	}
	core->stuck[to->id] = result->full > 0;
}

void
deliver(struct core *core, uint16_t index)
{
	const struct member *to = &core->topology->member[index];
	struct counters *counters = &core->counters[to->id];
	struct batch *batch = &core->batch[index];
	struct ring *ring = core_receive_ring(to->guest, batch->source);
	struct ring_put_result result = {.full = batch->n};

	if (ring) {
		result = ring_put_due(ring, batch->frames, batch->n, core_due(core));
		if (unlikely(result.full) && core->retry)
			retry_full(core, to, ring, batch, &result);
		else if (result.sent)
			core->stuck[to->id] = 0;
	}
	counter_add(&counters->tx_packets, result.sent);
	counter_add(&counters->tx_bytes, result.sent_bytes);
	if (unlikely(result.sent < batch->n)) {
		counter_add(&counters->drops[DROP_RING_FULL], result.full);
		counter_add(&counters->drops[DROP_RING_BUSY], result.busy);
		counter_add(&counters->drops[DROP_BUFFER_SMALL], result.small);
	}
	if (unlikely(to->mirror != NULL))
		for (uint16_t i = 0; i < batch->n; i++)
			mirror_frame(to->mirror, batch->frames[i]);
	batch->n = 0;
}

void
deliver_uplink(struct core *core)
{
	struct counters *counters = &core->counters[UPLINK_ID];
	struct uplink_batch *batch = &core->uplink;
	struct uplink_sent result =
		uplink_send(core->sw->uplink, core->index, batch->frames, batch->tags, batch->n);

	counter_add(&counters->tx_packets, result.sent);
	counter_add(&counters->tx_bytes, result.bytes);
	counter_add(&counters->drops[DROP_RING_FULL], result.full);
	counter_add(&counters->drops[DROP_NO_BUFFER], result.no_buffer);
	counter_add(&counters->drops[DROP_TOO_LONG], result.too_long);
	batch->n = 0;
}

void
deliver_all(struct core *core)
{
	for (uint16_t i = 0; i < core->n_touched; i++) {
		uint16_t index = core->touched[i];

		if (core->batch[index].n)
			deliver(core, index);
		core->batch[index].listed = false;
	}
	core->n_touched = 0;
	if (core->uplink.n)
		deliver_uplink(core);
}
