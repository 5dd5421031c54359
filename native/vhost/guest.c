#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_vhost.h>

#include "guest.h"

#include "../base/log.h"
#include "../ring/interrupt.h"
#include "../ring/place.h"

#define HAS(features, bit) ((features) & (1ULL << (bit)))

static void
log_guest(void *context, uint64_t guest, uint64_t length)
{
	const struct guest_ring *ring = context;

	fault_expect();
	rte_vhost_log_write(ring->vid, guest, length);
	fault_expect_no_more();
}

/*
 * By the ring's own address, not by log_guest_addr of SET_VRING_ADDR, which
 * rte_vhost_log_used_vring() takes: QEMU gives that of the third part of a ring, and a packed
 * ring's used descriptors are in its first (vhost_virtqueue_set_addr(), QEMU 7.2 and later).
 */
static void
log_used(void *context, uint64_t offset, uint64_t length)
{
	const struct guest_ring *ring = context;

	log_guest(context, ring->writes + offset, length);
}

static int
larger_first(const void *a, const void *b)
{
	const struct memory_region *one = a, *other = b;

	return (one->size < other->size) - (one->size > other->size);
}

/* Called by the signal handler of fault.h. */
static void
lost_memory(void *context)
{
	struct guest *guest = context;

	__atomic_store_n(&guest->lost_memory, true, __ATOMIC_RELAXED);
	for (uint16_t i = 0; i < guest->n_pairs * 2; i++)
		ring_break(&guest->ring[i].ring);
}

static bool
take_memory(struct guest *guest)
{
	struct rte_vhost_memory *table;

	if (rte_vhost_get_mem_table(guest->vid, &table) < 0)
		return false;
	guest->memory.n = RTE_MIN(table->nregions, (uint32_t)MEMORY_MAX_REGIONS);
	for (uint32_t i = 0; i < guest->memory.n; i++) {
		const struct rte_vhost_mem_region *region = &table->regions[i];

		guest->memory.region[i] = (struct memory_region){
			.guest = region->guest_phys_addr,
			.size = region->size,
			.host = (uint8_t *)(uintptr_t)region->host_user_addr,
		};
		guest->watch.area[i].begin = region->mmap_addr;
		guest->watch.area[i].length = region->mmap_size;
	}
	free(table);
	guest->watch.n = guest->memory.n;
	guest->watch.on_loss = lost_memory;
	guest->watch.context = guest;
	qsort(guest->memory.region, guest->memory.n, sizeof(*guest->memory.region), larger_first);
	return fault_watch(&guest->watch);
}

/* Offloads of frames that the guest sends, and of those that it receives. */
static uint8_t
ring_offloads(uint64_t features, bool is_receive)
{
	if (!HAS(features, is_receive ? VIRTIO_NET_F_GUEST_CSUM : VIRTIO_NET_F_CSUM))
		return 0;
	return RING_CSUM |
	       (HAS(features, is_receive ? VIRTIO_NET_F_GUEST_TSO4 : VIRTIO_NET_F_HOST_TSO4)
			       ? RING_TSO4
			       : 0) |
	       (HAS(features, is_receive ? VIRTIO_NET_F_GUEST_TSO6 : VIRTIO_NET_F_HOST_TSO6)
			       ? RING_TSO6
			       : 0);
}

uint8_t
guest_ring_features(uint64_t features, bool is_receive)
{
	return (HAS(features, VIRTIO_NET_F_MRG_RXBUF) ? RING_MERGEABLE : 0) |
	       (HAS(features, VIRTIO_RING_F_EVENT_IDX) ? RING_EVENT_INDEX : 0) |
	       (HAS(features, VIRTIO_F_RING_PACKED) ? RING_PACKED : 0) |
	       (HAS(features, VHOST_F_LOG_ALL) ? RING_LOG : 0) |
	       ring_offloads(features, is_receive);
}

/* Where these bytes are contiguous in the guest's memory; NULL: nowhere. */
static const struct memory_region *
region_of(const struct memory *memory, const void *at, size_t length)
{
	for (uint32_t i = 0; i < memory->n; i++) {
		const struct memory_region *region = &memory->region[i];
		uint64_t offset = (const uint8_t *)at - region->host;

		if (offset < region->size && region->size - offset >= length)
			return region;
	}
	return NULL;
}

static bool
holds(const struct memory *memory, const void *at, size_t length)
{
	return region_of(memory, at, length);
}

/* The guest's address of what is in its memory. */
static uint64_t
guest_address(const struct memory *memory, const void *at)
{
	const struct memory_region *region = region_of(memory, at, 1);

	return region->guest + ((const uint8_t *)at - region->host); /* NOLINT: is_sound() */
}

/*
 * Whether the ring is in the guest's memory, and its positions are in the ring. rte_vhost checked
 * when it received the addresses; the guest may have changed size, layout and positions since.
 */
static bool
is_sound(const struct memory *memory, const struct ring *ring, uint16_t avail, uint16_t used)
{
	uint32_t size = ring->size;

	if (size == 0)
		return false;
	if (ring->features & RING_PACKED)
		return !((uintptr_t)ring->packed % sizeof(*ring->packed)) &&
		       !((uintptr_t)ring->driver_event % 4) &&
		       !((uintptr_t)ring->device_event % 4) &&
		       holds(memory, ring->packed, size * sizeof(*ring->packed)) &&
		       holds(memory, ring->driver_event, sizeof(*ring->driver_event)) &&
		       holds(memory, ring->device_event, sizeof(*ring->device_event)) &&
		       (avail & 0x7fff) < size && (used & 0x7fff) < size;
	/* Split rings are indexed by a mask (virtio 1.2, 2.7: a power of 2). */
	return !(size & (size - 1)) && !((uintptr_t)ring->desc % sizeof(*ring->desc)) &&
	       !((uintptr_t)ring->avail % 2) && !((uintptr_t)ring->used % 4) &&
	       holds(memory, ring->desc, size * sizeof(*ring->desc)) &&
	       /* Each is followed by the other side's event index. */
	       holds(memory, ring->avail, sizeof(*ring->avail) + size * 2 + 2) &&
	       holds(memory, ring->used,
		       sizeof(*ring->used) + size * sizeof(struct vring_used_elem) + 2);
}

void
guest_places_clear(struct guest_places *places)
{
	*places = (struct guest_places){0};
	for (uint16_t i = 0; i < GUEST_MAX_RINGS; i++)
		places->last[i] = RING_FIRST_PLACE;
}

/* Where a packed ring goes on, of which QEMU says `base`, and the ring itself better. */
static uint16_t
place_of(const struct guest_ring *guest_ring, uint16_t base, uint16_t last)
{
	uint16_t place = base;

	/* A ring of another guest that would not tell is not at its first place. */
	if (!ring_own_place(&guest_ring->ring, &place) && base == RING_FIRST_PLACE) {
		place = last;
		if (last == RING_FIRST_PLACE)
			LOG(WARNING,
				"device %d: ring %u may stand still until the guest's driver "
				"starts "
				"anew: it has chains, and its place in them is lost",
				guest_ring->vid, guest_ring->index);
	}
	if (place != base)
		LOG(INFO, "device %d: ring %u goes on at 0x%04x; its QEMU said 0x%04x",
			guest_ring->vid, guest_ring->index, place, base);
	return place;
}

static bool
take_ring(struct guest *guest, struct guest_ring *guest_ring, struct guest_places *places)
{
	uint64_t features = guest->features;
	struct ring *ring = &guest_ring->ring;
	struct rte_vhost_vring vring;
	uint16_t avail, used;

	if (rte_vhost_get_vhost_vring(guest->vid, guest_ring->index, &vring) < 0 ||
		rte_vhost_get_vring_base(guest->vid, guest_ring->index, &avail, &used) < 0 ||
		!vring.desc || !vring.avail || !vring.used)
		return false;
	ring->features = guest_ring_features(features, guest_ring->index % 2 == 0);
	/* The unions of rte_vhost and ours have the same layout. */
	ring->desc = vring.desc;
	ring->avail = vring.avail;
	ring->used = vring.used;
	ring->memory = &guest->memory;
	ring->size = vring.size;
	if (!is_sound(&guest->memory, ring, avail, used))
		return false;
	if ((ring->features & RING_PACKED) && !places->known[guest_ring->index])
		avail = used = place_of(guest_ring, avail, places->last[guest_ring->index]);
	places->known[guest_ring->index] = true;
	ring->header_length =
		HAS(features, VIRTIO_F_VERSION_1) || (ring->features & RING_MERGEABLE) ? 12 : 10;
	ring->call_fd = vring.callfd;
	guest_ring->writes = guest_address(
		&guest->memory, ring->features & RING_PACKED ? (void *)ring->packed : ring->used);
	ring->log = (struct ring_log){log_guest, log_used, guest_ring};
	ring_set_base(ring, avail, used);
	/* Until an lcore waits for it. */
	ring_ask_no_kick(ring);
	/* Waiting for anything but an eventfd could cost more than a look. */
	if (guest_ring->index % 2 == 1 && interrupt_is_event(vring.kickfd))
		guest_ring->kick_fd = vring.kickfd;
	/* The interrupt for buffers used before the guest came (back) may have been lost. */
	ring_interrupt(ring);
	return true;
}

struct guest *
guest_create(int vid, const bool enabled[GUEST_MAX_RINGS], struct guest_places *places)
{
	uint16_t n = RTE_MIN(rte_vhost_get_vring_num(vid), GUEST_MAX_RINGS) & ~1;
	size_t size = sizeof(struct guest) + n * sizeof(struct guest_ring);
	/* The size is a multiple of the alignment, as struct ring is. */
	struct guest *guest = aligned_alloc(64, RTE_ALIGN_CEIL(size, 64));

	if (guest)
		memset(guest, 0, size);
	if (!guest || rte_vhost_get_negotiated_features(vid, &guest->features) < 0) {
		LOG(ERR, "device %d: rte_vhost has lost it, or no memory", vid);
		free(guest);
		return NULL;
	}
	guest->vid = vid;
	guest->n_pairs = n / 2;
	if (!take_memory(guest)) {
		LOG(ERR, "device %d: no memory table, or too many guests", vid);
		free(guest);
		return NULL;
	}
	for (uint16_t i = 0; i < n; i++) {
		struct guest_ring *ring = &guest->ring[i];

		ring->vid = vid;
		ring->index = i;
		ring->kick_fd = -1;
		ring->enabled = enabled[i] && take_ring(guest, ring, places);
		if (ring->enabled && i % 2 == 0)
			guest->receive[guest->n_receive++] = i;
	}
	return guest;
}

void
guest_save(struct guest *guest, struct guest_places *places)
{
	uint16_t avail, used;

	for (uint16_t i = 0; i < guest->n_pairs * 2; i++) {
		if (!guest->ring[i].enabled)
			continue;
		ring_get_base(&guest->ring[i].ring, &avail, &used);
		rte_vhost_set_vring_base(guest->vid, i, avail, used);
		if (guest->ring[i].ring.features & RING_PACKED)
			places->last[i] = used;
	}
}

void
guest_destroy(struct guest *guest)
{
	fault_unwatch(&guest->watch);
	free(guest);
}

void
guest_faults(const struct guest *guest, uint64_t *bad_chains, uint16_t *broken)
{
	for (uint16_t i = 0; i < guest->n_pairs * 2; i++) {
		const struct ring *ring = &guest->ring[i].ring;

		*bad_chains += __atomic_load_n(&ring->bad_chains, __ATOMIC_RELAXED);
		*broken += ring_is_broken(ring);
	}
}
