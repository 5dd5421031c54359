#include <rte_cycles.h>

#include "capture.h"
#include "device.h"
#include "lcore.h"

/* The last step of frames: to a guest, or to a device. */
struct outgoing {
	struct lcore *lcore;
	const struct member *to;
	struct ring *ring; /* NULL: the guest has none, or it is a device */
	bool full;         /* the last frames sent found no buffer */
	uint16_t n;
	const struct frame *frames[BURST];
};

static void
add_results(struct ring_put_result *sum, struct ring_put_result one, uint16_t done)
{
	sum->sent += one.sent;
	sum->sent_bytes += one.sent_bytes;
	/* The others of this turn are the last ones. */
	sum->small_at |= one.small_at << done;
	sum->small += one.small;
	sum->walked += one.walked;
	sum->busy = one.busy;
	sum->full = one.full;
}

/*
 * --rx-retry: gives a guest time to empty its ring. A guest that did not use the last wait gets
 * none before it has taken something, and each wait is charged to it: others must not suffer.
 */
static void
retry_full(struct lcore *lcore, const struct member *to, struct ring *ring,
	const struct frame *const *frames, uint16_t n, struct ring_put_result *result)
{
	struct settings *settings = &lcore->sw->settings;
	uint32_t left = setting(&settings->rx_retry_num);
	uint32_t delay = setting(&settings->rx_retry_delay);
	struct balance *balance = &lcore->balance[to->id];

	if (lcore->stuck[to->id] || balance->receiving)
		return;
	/* A guest empties its ring only after it was notified. */
	lcore_notify(lcore);
	for (; left > 0 && result->full; left--) {
		uint16_t done = n - result->full;

		rte_delay_us_block(delay);
		balance_charge_receiver(balance, (uint64_t)delay * PRICE_US, lcore->round);
		add_results(result, ring_put_due(ring, frames + done, n - done, lcore_due(lcore)),
			done);
	}
	lcore->stuck[to->id] = result->full > 0;
}

/* Descriptors that no real driver would make the switch read are the receiver's to pay. */
static void
charge_receiver(struct lcore *lcore, const struct member *to, uint16_t n,
	const struct ring_put_result *result)
{
	uint64_t usual = n * USUAL_DESCRIPTORS + result->sent_bytes / USUAL_BUFFER;

	if (result->walked > usual)
		balance_charge_receiver(&lcore->balance[to->id],
			(result->walked - usual) * PRICE_DESCRIPTOR, lcore->round);
}

/* Those that were put, and those that were not as the ring is busy, or full: `full` says why. */
static __attribute__((noinline)) void
capture_put(const struct lcore *lcore, const struct member *to, const struct frame *const *frames,
	uint16_t n, const struct ring_put_result *result, enum drop full)
{
	const struct frame *shown[BURST];
	uint8_t reasons[BURST];
	uint16_t n_shown = 0;

	if (result->sent == n) {
		capture_frames(lcore->sw, to->captures, to->id, frames, n, PCAPNG_OUT, NULL);
		return;
	}
	for (uint16_t i = 0; i < n; i++) {
		if (result->small_at & 1u << i)
			continue;
		/* The last ones, after a try again, too. */
		reasons[n_shown] = i >= n - result->busy   ? DROP_RING_BUSY + 1
				   : i >= n - result->full ? full + 1
							   : 0;
		shown[n_shown++] = frames[i];
	}
	capture_frames(lcore->sw, to->captures, to->id, shown, n_shown, PCAPNG_OUT, reasons);
}

/* Frames that need no work for this guest, unless they are too large for its buffers. */
static struct ring_put_result
put(struct lcore *lcore, const struct member *to, struct ring *ring,
	const struct frame *const *frames, uint16_t n)
{
	struct counters *counters = &lcore->counters[to->id];
	struct ring_put_result result = {.full = n};

	if (unlikely(!balance_may_receive(&lcore->balance[to->id], lcore->round))) {
		counter_add(&counters->drops[DROP_RING_COSTLY], n);
		if (unlikely(to->captures != 0))
			capture_put(lcore, to, frames, n, &result, DROP_RING_COSTLY);
		return result;
	}
	if (ring) {
		result = ring_put_due(ring, frames, n, lcore_due(lcore));
		if (unlikely(result.full) && lcore->retry)
			retry_full(lcore, to, ring, frames, n, &result);
		else if (result.sent)
			lcore->stuck[to->id] = 0;
		if (unlikely(result.walked))
			charge_receiver(lcore, to, n, &result);
	}
	counter_add(&counters->tx_packets, result.sent);
	counter_add(&counters->tx_bytes, result.sent_bytes);
	if (unlikely(result.sent + result.small < n)) {
		counter_add(&counters->drops[DROP_RING_FULL], result.full);
		counter_add(&counters->drops[DROP_RING_BUSY], result.busy);
	}
	if (unlikely(to->captures != 0))
		capture_put(lcore, to, frames, n, &result, DROP_RING_FULL);
	return result;
}

static __attribute__((cold, noinline)) void
drop_small(struct lcore *lcore, const struct member *to, const struct frame *const *frames,
	uint32_t small)
{
	for (; small; small &= small - 1)
		lcore_drop(lcore, to->id, frames[__builtin_ctz(small)], DROP_BUFFER_SMALL);
}

/* True: the ring is full. */
static bool
put_all(struct lcore *lcore, const struct member *to, struct ring *ring,
	const struct frame *const *frames, uint16_t n)
{
	struct ring_put_result result = put(lcore, to, ring, frames, n);

	if (unlikely(result.small))
		drop_small(lcore, to, frames, result.small_at);
	return result.full > 0;
}

/* What a device was given, and what it did not take. */
static __attribute__((cold, noinline)) void
capture_sent(const struct lcore *lcore, const struct member *to, const struct frame *const *frames,
	uint16_t n, const struct device_sent *result)
{
	uint8_t reasons[BURST];
	uint16_t taken = 0;

	for (uint16_t i = 0; i < n; i++) {
		uint32_t bit = 1u << i;

		reasons[i] = result->no_buffer           ? DROP_NO_BUFFER + 1
			     : result->reserved_at & bit ? DROP_RESERVED + 1
			     : result->too_long_at & bit ? DROP_TOO_LONG + 1
			     : result->refused_at & bit  ? DROP_BAD_OFFLOAD + 1
			     : ++taken > result->sent    ? DROP_RING_FULL + 1
							 : 0;
	}
	capture_frames(lcore->sw, to->captures, to->id, frames, n, PCAPNG_OUT,
		result->sent < n ? reasons : NULL);
}

/* True: the device takes no more for now. */
static bool
send_all(
	struct lcore *lcore, const struct member *to, const struct frame *const *frames, uint16_t n)
{
	struct counters *counters = &lcore->counters[to->id];
	struct device_sent result = device_send(to->dpdk, lcore->index, frames, n);

	counter_add(&counters->tx_packets, result.sent);
	counter_add(&counters->tx_bytes, result.bytes);
	counter_add(&counters->drops[DROP_RING_FULL], result.full);
	counter_add(&counters->drops[DROP_NO_BUFFER], result.no_buffer);
	counter_add(&counters->drops[DROP_TOO_LONG], result.too_long);
	counter_add(&counters->drops[DROP_RESERVED], result.reserved);
	counter_add(&counters->drops[DROP_BAD_OFFLOAD], result.refused);
	if (unlikely(to->captures != 0))
		capture_sent(lcore, to, frames, n, &result);
	return result.full > 0;
}

static void
flush(struct outgoing *out)
{
	if (out->n && out->to->dpdk)
		out->full = send_all(out->lcore, out->to, out->frames, out->n);
	else if (out->n)
		out->full = put_all(out->lcore, out->to, out->ring, out->frames, out->n);
	out->n = 0;
	gso_clear(out->lcore->gso_frames);
}

static void
add(struct outgoing *out, const struct frame *frame)
{
	if (out->n == BURST)
		flush(out);
	out->frames[out->n++] = frame;
}

/* The receiver takes no more: what is left of a frame need not be made. */
static void
drop_rest(const struct outgoing *out, const struct gso *gso)
{
	const struct member *to = out->to;

	counter_add(&out->lcore->counters[to->id].drops[DROP_RING_FULL],
		frame_segments(gso->frame) - gso->pieces);
	/* To captures it is one. */
	if (unlikely(to->captures != 0))
		capture_drop(out->lcore->sw, to->captures, to->id, gso->frame, PCAPNG_OUT,
			DROP_RING_FULL);
}

static void
add_finished(struct outgoing *out, const struct frame *frame)
{
	struct gso gso;

	gso_begin(&gso, frame);
	while (!gso.done) {
		if (unlikely(out->full)) {
			drop_rest(out, &gso);
			return;
		}
		const struct frame *piece = NULL;

		if (out->n < BURST)
			piece = gso_next(&gso, out->lcore->gso_frames);
		if (piece)
			out->frames[out->n++] = piece;
		else
			flush(out);
	}
}

/*
 * An uncut frame for a guest without mergeable buffers: virtio requires large buffers then, but
 * nothing guarantees them.
 */
static void
add_unless_small(struct outgoing *out, const struct frame *frame)
{
	struct lcore *lcore = out->lcore;
	struct ring_put_result result;

	flush(out);
	result = put(lcore, out->to, out->ring, &frame, 1);
	out->full = result.full > 0;
	if (result.small) {
		balance_charge_receiver(
			&lcore->balance[out->to->id], price_of_finishing(frame, 0), lcore->round);
		add_finished(out, frame);
	}
}

/* Some frames of the batch are unfinished. */
static void
deliver_unfinished(
	struct lcore *lcore, const struct member *to, struct ring *ring, const struct batch *batch)
{
	struct outgoing out = {.lcore = lcore, .to = to, .ring = ring};

	for (uint16_t i = 0; i < batch->n; i++) {
		const struct frame *frame = batch->frames[i];
		uint8_t flags = frame->offload.flags;

		if (flags & FRAME_UNFINISHED & ~ring->features)
			add_finished(&out, frame);
		else if ((flags & FRAME_TSO) && !(ring->features & RING_MERGEABLE))
			add_unless_small(&out, frame);
		else
			add(&out, frame);
	}
	flush(&out);
}

static bool
any_unfinished(const struct frame *const *frames, uint16_t n)
{
	uint8_t flags = 0;

	for (uint16_t i = 0; i < n; i++)
		flags |= frames[i]->offload.flags;
	return flags & FRAME_UNFINISHED;
}

static void
send_unfinished(struct lcore *lcore, const struct member *to, const struct batch *batch)
{
	struct outgoing out = {.lcore = lcore, .to = to};

	for (uint16_t i = 0; i < batch->n; i++) {
		if (device_takes(to->dpdk, batch->frames[i]))
			add(&out, batch->frames[i]);
		else
			add_finished(&out, batch->frames[i]);
	}
	flush(&out);
}

static __attribute__((noinline)) void
deliver_to_device(struct lcore *lcore, const struct member *to, const struct batch *batch)
{
	if (unlikely(lcore->gso_frames != NULL) && any_unfinished(batch->frames, batch->n))
		send_unfinished(lcore, to, batch);
	else
		send_all(lcore, to, batch->frames, batch->n);
}

/* Leaves out what its guards keep from the port, and what is more than it may get. */
static __attribute__((noinline)) void
admit(struct lcore *lcore, const struct member *to, uint16_t index, struct batch *batch)
{
	const struct bandwidth *rate = &lcore->topology->rates[index].in;
	uint64_t now = rte_rdtsc();
	uint16_t n = 0;

	if (to->watched)
		guarded_deliver(lcore, to, index, batch);
	if (!bandwidth_is_limited(rate))
		return;
	for (uint16_t i = 0; i < batch->n; i++) {
		if (!meter_is_due(&to->port->inbound, now)) {
			lcore_drop(lcore, to->id, batch->frames[i], DROP_RATE_LIMIT);
			continue;
		}
		meter_charge(&to->port->inbound, rate, batch->frames[i]->length, now);
		batch->frames[n++] = batch->frames[i];
	}
	batch->n = n;
}

static void
count_batch(struct lcore *lcore, uint16_t index)
{
	struct batch *batch = &lcore->batch[index];
	uint16_t n = batch->n - batch->counted;
	uint64_t bytes = 0;

	for (uint16_t i = batch->counted; i < batch->n; i++)
		bytes += batch->frames[i]->length;
	if (n)
		pairs_add(&lcore->pairs, lcore->topology->member[index].id, n, bytes);
	batch->counted = batch->n;
}

void
count_pairs(struct lcore *lcore)
{
	for (uint16_t i = 0; i < lcore->n_touched; i++)
		count_batch(lcore, lcore->touched[i]);
}

static __attribute__((noinline)) void
prepare(struct lcore *lcore, const struct member *to, uint16_t index, struct batch *batch)
{
	if (lcore->counting) {
		count_batch(lcore, index);
		batch->counted = 0;
	}
	if (to->choosy)
		admit(lcore, to, index, batch);
}

void
deliver(struct lcore *lcore, uint16_t index)
{
	const struct member *to = &lcore->topology->member[index];
	struct batch *batch = &lcore->batch[index];
	struct ring *ring = lcore_receive_ring(to->guest, batch->source);

	if (unlikely(to->choosy | lcore->counting))
		prepare(lcore, to, index, batch);
	if (unlikely(to->dpdk != NULL))
		deliver_to_device(lcore, to, batch);
	else if (unlikely(lcore->gso_frames != NULL) && ring &&
		 any_unfinished(batch->frames, batch->n))
		deliver_unfinished(lcore, to, ring, batch);
	else
		put_all(lcore, to, ring, batch->frames, batch->n);
	batch->n = 0;
}

void
deliver_all(struct lcore *lcore)
{
	for (uint16_t i = 0; i < lcore->n_touched; i++) {
		uint16_t index = lcore->touched[i];

		if (lcore->batch[index].n)
			deliver(lcore, index);
		lcore->batch[index].listed = false;
	}
	lcore->n_touched = 0;
	retag_clear(&lcore->retagged);
}
