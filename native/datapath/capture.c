#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_ether.h>

#include "bpf.h"
#include "capture.h"
#include "vswitch.h"

#include "../base/log.h"
#include "../ring/ring.h"

#define NO_INTERFACE UINT16_MAX
_Static_assert(LIMIT_CAPTURES <= 64, "a mask has a bit for each");

/* As the packets' comments have them. */
static const char *const comments[DROP_REASONS] = {
#define DROP_REASON(symbol, name, side) [DROP_##symbol] = "dropped: " name,
	EACH_DROP_REASON(DROP_REASON)
#undef DROP_REASON
};

struct capture *
capture_create(void)
{
	/* As its queue's (blocks.c): most of it is interfaces that there are not. */
	struct capture *capture = mmap(NULL, sizeof(*capture), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (capture == MAP_FAILED)
		return NULL;
	if (!blocks_open(&capture->blocks)) {
		(void)munmap(capture, sizeof(*capture));
		return NULL;
	}
	return capture;
}

void
capture_destroy(struct capture *capture)
{
	if (!capture)
		return;
	blocks_close(&capture->blocks);
	bpf_destroy(capture->filter);
	free(capture->names);
	(void)munmap(capture, sizeof(*capture));
}

static bool
is_wanted(const struct capture *capture, const char *name)
{
	for (size_t i = 0; i < capture->n_names; i++)
		if (!strcmp(capture->names[i], name))
			return true;
	return capture->all;
}

/* The number that a port has there, an old one if its name was known; NO_INTERFACE: no room. */
static uint16_t
interface_for(struct capture *capture, const char *name)
{
	uint32_t n = __atomic_load_n(&capture->n_interfaces, __ATOMIC_RELAXED);

	for (uint32_t i = 0; i < n; i++)
		if (!strcmp(capture->interfaces[i].name, name))
			return (uint16_t)i;
	if (n == CAPTURE_INTERFACES) {
		LOG(ERR, "port %s: is in no capture, as one has had %u ports already; begin anew",
			name, n);
		return NO_INTERFACE;
	}
	strcpy(capture->interfaces[n].name, name);
	__atomic_store_n(&capture->n_interfaces, n + 1, __ATOMIC_RELEASE);
	return (uint16_t)n;
}

static void
note_port(struct capture *capture, struct port *port)
{
	uint16_t interface = is_wanted(capture, port->config.name)
				     ? interface_for(capture, port->config.name)
				     : NO_INTERFACE;

	capture->interface_of[port->id] = interface;
	if (interface != NO_INTERFACE)
		port->captures |= capture->bit;
}

void
captures_note_port(struct vswitch *sw, struct port *port)
{
	port->captures = 0;
	for (int i = 0; i < LIMIT_CAPTURES; i++)
		if (sw->capture[i])
			note_port(sw->capture[i], port);
}

bool
capture_begin(struct vswitch *sw, struct capture *capture)
{
	int slot = 0;

	pthread_mutex_lock(&sw->lock);
	while (slot < LIMIT_CAPTURES && sw->capture[slot])
		slot++;
	if (slot < LIMIT_CAPTURES) {
		capture->bit = 1ull << slot;
		sw->capture[slot] = capture;
		for (uint16_t i = 0; i < MAX_PORTS; i++)
			if (sw->ports[i].used)
				note_port(capture, &sw->ports[i]);
		topology_publish(sw);
	}
	pthread_mutex_unlock(&sw->lock);
	return slot < LIMIT_CAPTURES;
}

void
capture_end(struct vswitch *sw, struct capture *capture)
{
	pthread_mutex_lock(&sw->lock);
	for (uint16_t i = 0; i < MAX_PORTS; i++)
		if (sw->ports[i].used)
			sw->ports[i].captures &= ~capture->bit;
	topology_publish(sw);
	sw->capture[__builtin_ctzll(capture->bit)] = NULL;
	capture->bit = 0;
	pthread_mutex_unlock(&sw->lock);
}

/* The first bytes of a frame. */
static void
copy_bytes(uint8_t *to, const struct frame *frame, uint32_t n)
{
	uint32_t done = RTE_MIN(n, (uint32_t)frame->head_length);

	memcpy(to, frame->head, done);
	for (uint16_t i = 0; i < frame->n_segments && done < n; i++) {
		uint32_t run = RTE_MIN(frame->segments[i].length, n - done);

		memcpy(to + done, frame->segments[i].from, run);
		done += run;
	}
}

static void
add_packet(struct capture *capture, uint16_t number, const struct frame *frame, uint32_t kept,
	uint32_t direction, uint8_t reason)
{
	struct capture_interface *interface = &capture->interfaces[number];
	struct pcapng_said said = {
		.flags = direction, .comment = reason ? comments[reason - 1] : NULL};
	struct pcapng_packet head = {.interface = number, .kept = kept, .of = frame->length};
	struct timespec time;
	uint64_t nanoseconds;
	uint32_t *block;
	uint8_t *at;

	if (unlikely(__atomic_load_n(&interface->untold, __ATOMIC_RELAXED)))
		said.lost = __atomic_exchange_n(&interface->untold, 0, __ATOMIC_RELAXED);
	head.length = pcapng_packet_length(kept, &said);
	block = blocks_reserve(&capture->blocks, head.length);
	if (!block) {
		__atomic_fetch_add(&interface->lost, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&interface->untold, said.lost + 1, __ATOMIC_RELAXED);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &time); /* vDSO: no system call */
	nanoseconds = (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
	head.time_high = (uint32_t)(nanoseconds >> 32);
	head.time_low = (uint32_t)nanoseconds;
	memcpy(block + 1, &head.length, sizeof(head) - sizeof(head.type));
	at = (uint8_t *)block + sizeof(head);
	copy_bytes(at, frame, kept);
	pcapng_packet_end(at + kept, kept, &said, head.length);
	blocks_publish(block, PCAPNG_PACKET);
}

static void
add_frames(struct capture *capture, uint16_t port, const struct frame *const *frames,
	uint32_t which, uint32_t direction, const uint8_t *reasons)
{
	uint32_t kept[BURST];
	/* What is shorter than a header is dropped. */
	uint32_t have = reasons ? 0 : RTE_ETHER_HDR_LEN;

	if (capture->filter)
		which = bpf_run(capture->filter, frames, which, have, kept);
	for (; which; which &= which - 1) {
		uint32_t i = (uint32_t)__builtin_ctz(which);
		uint32_t n = RTE_MIN(capture->snap, frames[i]->length);

		if (capture->filter)
			n = RTE_MIN(n, kept[i]);
		add_packet(capture, capture->interface_of[port], frames[i], n, direction,
			reasons ? reasons[i] : 0);
	}
}

/* Those of up to BURST frames that were not dropped. */
static uint32_t
not_dropped(uint16_t n, const uint8_t *reasons)
{
	uint32_t which = 0;

	for (uint16_t i = 0; i < n; i++)
		which |= (uint32_t)!reasons[i] << i;
	return which;
}

void
capture_frames(const struct vswitch *sw, uint64_t captures, uint16_t port,
	const struct frame *const *frames, uint16_t n, uint32_t direction, const uint8_t *reasons)
{
	for (; captures; captures &= captures - 1) {
		struct capture *capture = sw->capture[__builtin_ctzll(captures)];
		uint32_t which = (uint32_t)((1ull << n) - 1);

		if (!(capture->flags & direction))
			continue;
		if (reasons && !capture->drops)
			which = not_dropped(n, reasons);
		if (which)
			add_frames(capture, port, frames, which, direction, reasons);
	}
}

void
capture_drop(const struct vswitch *sw, uint64_t captures, uint16_t port, const struct frame *frame,
	uint32_t direction, enum drop reason)
{
	const struct frame *const frames[] = {frame};
	const uint8_t reasons[] = {(uint8_t)reason + 1};

	capture_frames(sw, captures, port, frames, 1, direction, reasons);
}
