/*
 * What lcores tell captures. All of it is called for captured ports only.
 */
#include <string.h>

#include "capture.h"
#include "lcore.h"

void
captured_begin(struct lcore *lcore, const struct member *from, const struct frame *first)
{
	lcore->captured.first = first;
	lcore->captured.port = from->id;
}

void
captured_drop(struct lcore *lcore, uint16_t port, const struct frame *frame, enum drop reason)
{
	struct captured *captured = &lcore->captured;

	if (captured->first && port == captured->port && frame >= captured->first &&
		frame < captured->first + BURST) {
		captured->reason[frame - captured->first] = (uint8_t)reason + 1;
		captured->any = true;
		return;
	}
	/* Its own frames are those of the burst, so this one was for it. */
	capture_drop(lcore->sw, lcore->topology->captures[port], port, frame, PCAPNG_OUT, reason);
}

void
captured_end(struct lcore *lcore, const struct member *from, const struct burst *burst, uint16_t n)
{
	struct captured *captured = &lcore->captured;
	const struct frame **frames = captured->frames[burst - lcore->burst];

	if (unlikely(!frames[0]))
		for (uint16_t i = 0; i < BURST; i++)
			frames[i] = &burst->frame[i];
	capture_frames(lcore->sw, from->captures, from->id, frames, n, PCAPNG_IN,
		captured->any ? captured->reason : NULL);
	captured->first = NULL;
	if (captured->any)
		memset(captured->reason, 0, sizeof(captured->reason));
	captured->any = false;
}
