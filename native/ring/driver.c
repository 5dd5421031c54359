#include <assert.h>
#include <linux/virtio_ring.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "driver.h"

#define PACKED_AVAIL (1u << VRING_PACKED_DESC_F_AVAIL)
#define PACKED_USED (1u << VRING_PACKED_DESC_F_USED)

static struct vring_desc *
descs(struct driver *driver)
{
	return (struct vring_desc *)(driver->region[0] + DRIVER_DESC_AT);
}

static struct vring_avail *
avail(struct driver *driver)
{
	return (struct vring_avail *)(driver->region[0] + DRIVER_AVAIL_AT);
}

static struct vring_used *
used(struct driver *driver)
{
	return (struct vring_used *)(driver->region[0] + DRIVER_USED_AT);
}

static struct vring_packed_desc *
packed(struct driver *driver)
{
	return (struct vring_packed_desc *)(driver->region[0] + DRIVER_DESC_AT);
}

static struct vring_packed_desc_event *
driver_event(struct driver *driver)
{
	return (struct vring_packed_desc_event *)(driver->region[0] + DRIVER_AVAIL_AT);
}

void
driver_init_in(struct driver *driver, uint8_t features, uint16_t size, uint8_t *const region[2],
	uint64_t base)
{
	memset(driver, 0, sizeof(*driver));
	driver->features = features;
	driver->size = size;
	driver->base = base;
	driver->indirect_at = DRIVER_INDIRECT_AT;
	driver->avail_wrap = driver->used_wrap = true;
	driver->memory.n = 2;
	for (int i = 0; i < 2; i++) {
		driver->region[i] = region[i];
		driver->memory.region[i] = (struct memory_region){
			base + (uint64_t)i * DRIVER_REGION, DRIVER_REGION, driver->region[i]};
	}
	driver->ring = (struct ring){
		.desc = descs(driver),
		.avail = avail(driver),
		.used = used(driver),
		.memory = &driver->memory,
		.size = size,
		.features = features,
		.header_length = 12,
		.call_fd = -1,
	};
	ring_set_base(&driver->ring, features & RING_PACKED ? 0x8000 : 0,
		features & RING_PACKED ? 0x8000 : 0);
}

void
driver_init(struct driver *driver, uint8_t features, uint16_t size)
{
	uint8_t *region[2];

	for (int i = 0; i < 2; i++) {
		/* One allocation each, so that a sanitizer sees an access past its end. */
		region[i] = aligned_alloc(4096, DRIVER_REGION);
		assert(region[i]);
		memset(region[i], 0, DRIVER_REGION);
	}
	driver_init_in(driver, features, size, region, DRIVER_BASE);
}

void
driver_free(struct driver *driver)
{
	free(driver->region[0]);
	free(driver->region[1]);
}

uint8_t *
driver_at(struct driver *driver, uint64_t guest)
{
	uint32_t run;

	return memory_at(&driver->memory, guest, 1, &run);
}

void
driver_write(struct driver *driver, uint64_t guest, const void *from, uint32_t length)
{
	const uint8_t *bytes = from;

	for (uint32_t i = 0; i < length; i++)
		*driver_at(driver, guest + i) = bytes[i]; /* NOLINT: callers give whole tables */
}

void
driver_read(struct driver *driver, uint64_t guest, void *to, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++)
		((uint8_t *)to)[i] = *driver_at(driver, guest + i);
}

static struct driver_buffer
make_indirect(
	struct driver *driver, const struct driver_buffer *buffers, uint16_t n, uint16_t flags)
{
	struct driver_buffer table = {driver->base + driver->indirect_at, n * 16};

	for (uint16_t i = 0; i < n; i++) {
		struct vring_desc split = {buffers[i].guest, buffers[i].length,
			flags | (i + 1 < n ? VRING_DESC_F_NEXT : 0), i + 1};
		struct vring_packed_desc flat = {buffers[i].guest, buffers[i].length, 0, flags};

		driver_write(driver, table.guest + i * 16,
			driver->features & RING_PACKED ? (void *)&flat : (void *)&split, 16);
	}
	driver->indirect_at += table.length;
	if (driver->indirect_at > DRIVER_BUFFERS_AT)
		driver->indirect_at = DRIVER_INDIRECT_AT;
	return table;
}

static uint16_t
add_split(struct driver *driver, const struct driver_buffer *buffers, uint16_t n, uint16_t flags)
{
	uint16_t mask = driver->size - 1, head = driver->next_id;

	for (uint16_t i = 0; i < n; i++)
		descs(driver)[(head + i) & mask] =
			(struct vring_desc){buffers[i].guest, buffers[i].length,
				flags | (i + 1 < n ? VRING_DESC_F_NEXT : 0), (head + i + 1) & mask};
	driver->next_id = (head + n) & mask;
	avail(driver)->ring[driver->avail_at++ & mask] = head;
	__atomic_store_n(&avail(driver)->idx, driver->avail_at, __ATOMIC_RELEASE);
	return head;
}

static uint16_t
add_packed(struct driver *driver, const struct driver_buffer *buffers, uint16_t n, uint16_t flags)
{
	uint16_t id = driver->next_id, first = driver->avail_at, first_flags = 0;

	driver->next_id = (id + 1) % driver->size;
	driver->count[id] = n;
	for (uint16_t i = 0; i < n; i++) {
		struct vring_packed_desc *desc = &packed(driver)[driver->avail_at];
		uint16_t all = flags | (i + 1 < n ? VRING_DESC_F_NEXT : 0) |
			       (driver->avail_wrap ? PACKED_AVAIL : PACKED_USED);

		desc->addr = buffers[i].guest;
		desc->len = buffers[i].length;
		desc->id = id;
		if (i == 0)
			first_flags = all;
		else
			desc->flags = all;
		if (++driver->avail_at == driver->size) {
			driver->avail_at = 0;
			driver->avail_wrap = !driver->avail_wrap;
		}
	}
	__atomic_store_n(&packed(driver)[first].flags, first_flags, __ATOMIC_RELEASE);
	return id;
}

uint16_t
driver_add(struct driver *driver, const struct driver_buffer *buffers, uint16_t n, bool writable,
	bool indirect)
{
	uint16_t flags = writable ? VRING_DESC_F_WRITE : 0;
	struct driver_buffer table;

	if (indirect) {
		table = make_indirect(driver, buffers, n, flags);
		buffers = &table;
		n = 1;
		flags = VRING_DESC_F_INDIRECT;
	}
	return driver->features & RING_PACKED ? add_packed(driver, buffers, n, flags)
					      : add_split(driver, buffers, n, flags);
}

static struct vring_packed_desc_event *
device_event(struct driver *driver)
{
	return (struct vring_packed_desc_event *)(driver->region[0] + DRIVER_USED_AT);
}

bool
driver_wants_kick(struct driver *driver)
{
	uint16_t before = driver->kicked_at;

	driver->kicked_at = driver->avail_at;
	/* We make available, then look; the device asks, then looks. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	/* Our device never asks for a certain position. */
	if (driver->features & RING_PACKED)
		return __atomic_load_n(&device_event(driver)->flags, __ATOMIC_RELAXED) !=
		       VRING_PACKED_EVENT_FLAG_DISABLE;
	if (driver->features & RING_EVENT_INDEX)
		return vring_need_event(
			__atomic_load_n(
				(uint16_t *)&used(driver)->ring[driver->size], __ATOMIC_RELAXED),
			driver->avail_at, before);
	return !(__atomic_load_n(&used(driver)->flags, __ATOMIC_RELAXED) & VRING_USED_F_NO_NOTIFY);
}

bool
driver_used(struct driver *driver, uint16_t *id, uint32_t *length)
{
	if (driver->features & RING_PACKED) {
		struct vring_packed_desc *desc = &packed(driver)[driver->used_at];
		uint16_t flags = __atomic_load_n(&desc->flags, __ATOMIC_ACQUIRE);

		if (!!(flags & PACKED_AVAIL) != driver->used_wrap ||
			!!(flags & PACKED_USED) != driver->used_wrap)
			return false;
		*id = desc->id;
		*length = desc->len;
		driver->used_at += driver->count[*id % DRIVER_RING];
		if (driver->used_at >= driver->size) {
			driver->used_at -= driver->size;
			driver->used_wrap = !driver->used_wrap;
		}
		return true;
	}
	if (driver->used_at == __atomic_load_n(&used(driver)->idx, __ATOMIC_ACQUIRE))
		return false;
	*id = used(driver)->ring[driver->used_at & (driver->size - 1)].id;
	*length = used(driver)->ring[driver->used_at & (driver->size - 1)].len;
	driver->used_at++;
	return true;
}

void
driver_want_interrupts(struct driver *driver, bool want)
{
	if (driver->features & RING_PACKED)
		driver_event(driver)->flags =
			want ? VRING_PACKED_EVENT_FLAG_ENABLE : VRING_PACKED_EVENT_FLAG_DISABLE;
	else
		avail(driver)->flags = want ? 0 : VRING_AVAIL_F_NO_INTERRUPT;
}

void
driver_want_event(struct driver *driver, uint16_t after)
{
	if (driver->features & RING_PACKED) {
		uint16_t at = driver->used_at + after;
		bool wrap = driver->used_wrap;

		if (at >= driver->size) {
			at -= driver->size;
			wrap = !wrap;
		}
		driver_event(driver)->off_wrap =
			at | (wrap ? 1u << VRING_PACKED_EVENT_F_WRAP_CTR : 0);
		driver_event(driver)->flags = VRING_PACKED_EVENT_FLAG_DESC;
	} else {
		avail(driver)->ring[driver->size] = driver->used_at + after;
	}
}
