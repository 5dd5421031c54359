/*
 * Fuzz fixture: frames as an lcore has them (classify_fuzz_frames.h).
 */
#include <string.h>

#include <rte_common.h>

#include "classify.h"
#include "classify_fuzz_frames.h"

#include "../base/sizes.h"

#define TEMPLATE (FRAME_DECISIVE + 2)

static const uint16_t types[] = {0x8100, 0x8100, 0x8100, 0x88a8, 0x9100, 0x9200, 0x0800, 0x86dd};
static const uint16_t tags[] = {0, 5, 7, 4094, 4095, 0xe005, 0xe000, 1001};
static const uint32_t lengths[] = {60, 14, 16, 17, 18, 20, 21, 22, 23, 13, 64, FRAME_DECISIVE + 1,
	FRAME_STANDARD, FRAME_STANDARD + 1, FRAME_LARGEST, FRAME_LARGEST + 1};

static struct frame frames[BURST_FRAMES];
/* What the frames' first bytes were made of. */
static uint8_t templates[BURST_FRAMES][TEMPLATE];

void
frames_clear(void)
{
	memset(frames, 0, sizeof(frames));
	memset(templates, 0, sizeof(templates));
}

void
write_mac(uint8_t *to, uint8_t what)
{
	memset(to, what & 16 ? 0xff : 0, 6);
	if (what & 32) /* zero, broadcast */
		return;
	to[0] = what & 64 ? 3 : 2;
	to[5] = what & 7;
}

static uint8_t *
write_short(uint8_t *to, uint16_t value)
{
	*to++ = value >> 8;
	*to++ = value;
	return to;
}

/* Addresses that meet others; up to two tags, of which the outer one is named before the inner. */
static void
write_template(struct input *input, uint8_t *head)
{
	uint8_t what = input_byte(input), *at = head + 12;

	for (int i = 0; what & 1 && i < TEMPLATE; i++)
		head[i] = input_byte(input);
	if (what & 1)
		return;
	write_mac(head, input_byte(input));
	write_mac(head + 6, input_byte(input));
	memset(at, 0, TEMPLATE - 12);
	for (int n = (what >> 1) % 3; n > 0; n--) {
		uint8_t tag = input_byte(input);

		at = write_short(at, types[tag % 8]);
		at = write_short(at, tags[tag >> 4 & 7]);
	}
	write_short(at, types[what >> 4 & 7]);
}

const struct frame *
write_frame(struct input *input, int i)
{
	uint8_t what = input_byte(input);
	struct frame *frame = &frames[i];

	if (what & 64 && i > 0)
		memcpy(templates[i], templates[i - 1], TEMPLATE);
	else
		write_template(input, templates[i]);
	frame->length = what & 128 ? input_short(input) : lengths[what % 16];
	frame->head_length = RTE_MIN(frame->length, (uint32_t)FRAME_HEAD);
	memcpy(frame->head, templates[i], RTE_MIN(frame->head_length, TEMPLATE));
	if (frame->head_length > TEMPLATE)
		memset(frame->head + TEMPLATE, 0, frame->head_length - TEMPLATE);
	return frame;
}
