/*
 * Dirty pages: a twin of the guest's memory gets, at each mark, what is there at that moment, as if
 * a migration copied it at once. So a mark that is missing, too short or too early leaves the twin
 * behind. With the switch and its log: test/switching/dirty-log.test.ts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ring_fixture.h"

/* Of frames: not all in one burst, and beyond the end of the ring. */
#define FRAMES 6
#define BURSTS 40
#define SIZE 64
#define FRAME_LONGEST 1500

struct twin {
	struct driver *driver;
	uint8_t *region[2];
};

static void
mark_guest(void *context, uint64_t guest, uint64_t length)
{
	struct twin *twin = context;

	for (uint64_t at = guest - twin->driver->base; length > 0; at++, length--)
		twin->region[at / DRIVER_REGION][at % DRIVER_REGION] =
			twin->driver->region[at / DRIVER_REGION][at % DRIVER_REGION];
}

static void
mark_used(void *context, uint64_t offset, uint64_t length)
{
	struct twin *twin = context;
	bool packed = twin->driver->features & RING_PACKED;

	mark_guest(context,
		twin->driver->base + (packed ? DRIVER_DESC_AT : DRIVER_USED_AT) + offset, length);
}

static void
start(struct twin *twin, struct driver *driver, uint8_t features)
{
	driver_init(driver, features | RING_LOG, SIZE);
	driver->ring.log = (struct ring_log){mark_guest, mark_used, twin};
	twin->driver = driver;
	for (int i = 0; i < 2; i++)
		twin->region[i] = malloc(DRIVER_REGION);
}

/* What the driver has written is its own business. */
static void
catch_up(struct twin *twin)
{
	for (int i = 0; i < 2; i++)
		memcpy(twin->region[i], twin->driver->region[i], DRIVER_REGION);
}

static void
check(const struct twin *twin, const struct kind *kind)
{
	for (int i = 0; i < 2; i++)
		if (memcmp(twin->region[i], twin->driver->region[i], DRIVER_REGION) != 0)
			fail_msg("%s: something written is not marked after it", kind->name);
}

static void
take_back(struct driver *driver)
{
	uint32_t length;
	uint16_t id;

	while (driver_used(driver, &id, &length))
		;
}

static void
end(struct twin *twin)
{
	for (int i = 0; i < 2; i++)
		free(twin->region[i]);
	driver_free(twin->driver);
}

/* Each frame in `pieces` buffers of two descriptors, over the memory's seam. */
static void
put_frames(const struct kind *kind, uint32_t pieces)
{
	static uint8_t bytes[FRAMES][FRAME_LONGEST];
	const struct frame *batch[FRAMES];
	struct ring_segment segment[FRAMES];
	struct frame frame[FRAMES];
	struct driver driver;
	struct twin twin;

	start(&twin, &driver, kind->features | (pieces > 1 ? RING_MERGEABLE : 0));
	for (uint32_t burst = 0; burst < BURSTS; burst++) {
		uint32_t n = 1 + burst % FRAMES, half = FRAME_LONGEST / pieces / 2 + 16;
		uint64_t at = SEAM - 700;

		for (uint32_t i = 0; i < n * pieces; i++, at += 2ull * half)
			driver_add(&driver, (struct driver_buffer[]){{at, half}, {at + half, half}},
				2, true, kind->indirect);
		for (uint32_t i = 0; i < n; i++) {
			/* So long that they need all their buffers. */
			uint32_t length = pieces > 1 ? FRAME_LONGEST - (burst + i) % 100
						     : 60 + (burst * 97 + i * 311) % 1440;

			fill(bytes[i], length, burst * FRAMES + i);
			frame[i] = make_frame(bytes[i], length, &segment[i]);
			batch[i] = &frame[i];
		}
		catch_up(&twin);
		assert_int_equal(ring_put(&driver.ring, batch, n).sent, n);
		check(&twin, kind);
		take_back(&driver);
	}
	end(&twin);
}

static void
received_frames_are_marked(void **state)
{
	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
		put_frames(kind, 1);
		put_frames(kind, 3);
	}
}

static void
returned_buffers_are_marked(void **state)
{
	static struct burst burst;
	uint8_t bytes[300];

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
		struct driver driver;
		struct twin twin;

		start(&twin, &driver, kind->features);
		for (uint32_t i = 0; i < BURSTS; i++) {
			/* One that may not be read, in front of the others. */
			if (i % 4 == 0)
				driver_add(&driver, &(struct driver_buffer){DATA, 100}, 1, true,
					kind->indirect);
			for (uint32_t n = 0; n <= i % FRAMES; n++) {
				fill(bytes, sizeof(bytes), i + n);
				send_frame(&driver, kind->indirect, DATA + n * 512ull, bytes,
					sizeof(bytes), i % 3 ? 1000 : 100);
			}
			catch_up(&twin);
			assert_int_equal(ring_peek(&driver.ring, &burst), 1 + i % FRAMES);
			ring_release(&driver.ring, &burst);
			check(&twin, kind);
			take_back(&driver);
		}
		end(&twin);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(received_frames_are_marked),
		cmocka_unit_test(returned_buffers_are_marked),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
