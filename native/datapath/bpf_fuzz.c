/*
 * Fuzz target: any bytes as a filter's program, and as the frames of a burst. Whatever passes the
 * check ends, reads no byte beyond a frame, and says the same of a frame in a burst and alone.
 */
#include <string.h>

#include "bpf.h"

#include "../fuzz/input.h"
#include "../ring/ring.h"

#define STEPS 40
#define FRAMES 5
#define PIECES 3

struct laid {
	struct frame frame;
	struct ring_segment segments[PIECES];
};

/* Each piece in memory of its own, so that one byte more is found. */
static void
lay(struct laid *laid, struct input *input)
{
	struct frame *frame = &laid->frame;

	memset(laid, 0, sizeof(*laid));
	frame->segments = laid->segments;
	frame->head_length = input_byte(input) % (FRAME_HEAD + 1);
	for (uint16_t i = 0; i < frame->head_length; i++)
		frame->head[i] = input_byte(input) % 4;
	frame->length = frame->head_length;
	/* A shorter head is all of a frame. */
	while (frame->head_length == FRAME_HEAD && frame->n_segments < PIECES) {
		uint32_t length = input_byte(input) % 30;
		struct ring_segment *segment = &laid->segments[frame->n_segments++];

		*segment = (struct ring_segment){.at = malloc(length + !length), .length = length};
		MUST(segment->at);
		for (uint32_t i = 0; i < length; i++)
			segment->at[i] = input_byte(input) % 4;
		frame->length += length;
	}
}

static size_t
spell(struct sock_filter *program, struct input *input)
{
	size_t n = 1 + input_byte(input) % STEPS;

	for (size_t i = 0; i < n; i++) {
		program[i] = (struct sock_filter){.code = input_byte(input),
			.jt = input_byte(input) % 8,
			.jf = input_byte(input) % 8,
			.k = input_short(input)};
		/* Mostly near, sometimes far beyond all. */
		program[i].k = program[i].k & 0x8000 ? program[i].k << 16 : program[i].k % 200;
	}
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct sock_filter program[STEPS];
	struct laid laid[FRAMES];
	const struct frame *frames[FRAMES];
	uint32_t kept[BURST], taken;
	size_t n = spell(program, &input), at;
	struct bpf *bpf;

	if (bpf_problem(program, n, &at)) {
		MUST(at < n);
		return 0;
	}
	bpf = bpf_create(program, n);
	MUST(bpf);
	for (int i = 0; i < FRAMES; i++) {
		lay(&laid[i], &input);
		frames[i] = &laid[i].frame;
	}
	taken = bpf_run(bpf, frames, (1u << FRAMES) - 1, 0, kept);
	MUST(taken < 1u << FRAMES);
	for (int i = 0; i < FRAMES; i++) {
		uint32_t alone[BURST], is = bpf_run(bpf, &frames[i], 1, 0, alone);

		MUST(is == (taken >> i & 1));
		MUST(!is || (alone[0] == kept[i] && alone[0] > 0));
		for (uint16_t s = 0; s < laid[i].frame.n_segments; s++)
			free(laid[i].segments[s].at);
	}
	bpf_destroy(bpf);
	return 0;
}
