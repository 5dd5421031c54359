/*
 * A guest that moves to another host under traffic, as far as its switch sees that (dirty.h).
 */
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "dirty.h"

#define FRAME_MAX 70000
#define MAX_PAIRS 8
/* Frames that a guest makes available by each pair before it looks for others. */
#define BATCH 24
/* How long each ring may take for a frame. */
#define PATIENCE_MS 10000
#define STAMP_EVERY 512
/* How long a mark may take. */
#define MARK_MS 1000

/* The frame that a guest sends; each time another one, by what is in it. */
struct stamped {
	struct front *front;
	uint8_t frame[FRAME_MAX];
	uint32_t length;
	uint64_t n;
};

struct move {
	struct stamped guest, peer;
	struct dirty dirty;
	uint64_t received[MAX_PAIRS], sent[MAX_PAIRS]; /* of the guest that moves */
	json_t *lost;
};

/* So that no page of a buffer gets the bytes that are there already: each byte is another. */
static void
stamp(struct stamped *stamped)
{
	stamped->n += 0x9e3779b97f4a7c15;
	for (uint32_t at = stamped->length - sizeof(stamped->n); at >= STAMP_EVERY;
		at -= STAMP_EVERY)
		memcpy(stamped->frame + at, &stamped->n, sizeof(stamped->n));
	memcpy(stamped->frame + stamped->length - sizeof(stamped->n), &stamped->n,
		sizeof(stamped->n));
}

static void
send_batch(struct stamped *from, uint64_t *sent)
{
	for (uint16_t pair = 0; pair < from->front->config.pairs; pair++) {
		uint16_t before = from->front->ring[2 * pair + 1].in_flight;

		before -= front_reclaim(from->front, pair);
		if (sent)
			sent[pair] += before;
		for (int i = 0; i < BATCH; i++) {
			stamp(from);
			if (!front_send(from->front, pair, from->frame, from->length, 0))
				break;
		}
	}
}

static void
receive_all(struct front *to, uint64_t *received)
{
	static uint8_t frame[FRAME_MAX];

	for (uint16_t pair = 0; pair < to->config.pairs; pair++)
		/* Not without an end, should they come faster than they are taken. */
		for (int i = 0; i < DRIVER_RING && front_receive(to, pair, frame, FRAME_MAX) >= 0;
			i++)
			received[pair]++;
}

/* As "ring 1 + 0x8000". */
static json_t *
place(uint64_t page)
{
	uint64_t at = page * DIRTY_PAGE;

	return json_sprintf("ring %d + 0x%x", (int)(at / FRONT_RING_MEMORY),
		(unsigned int)(at % FRONT_RING_MEMORY));
}

/* Both guests send and receive until each ring has moved on; frames are left under way. */
static bool
flow(struct move *move)
{
	uint64_t end = now_ms() + PATIENCE_MS, ignored[MAX_PAIRS] = {0}, received[MAX_PAIRS],
		 sent[MAX_PAIRS];
	bool moved = false;

	memcpy(received, move->received, sizeof(received));
	memcpy(sent, move->sent, sizeof(sent));
	while (!moved && now_ms() < end) {
		receive_all(move->guest.front, move->received);
		receive_all(move->peer.front, ignored);
		send_batch(&move->guest, move->sent);
		send_batch(&move->peer, NULL);
		moved = true;
		for (uint16_t pair = 0; pair < move->guest.front->config.pairs; pair++)
			moved &= move->received[pair] > received[pair] &&
				 move->sent[pair] > sent[pair];
		usleep(50);
	}
	return moved;
}

/* What is lost by now, the first time that anything is; nothing is being written any more. */
static void
note_lost(struct move *move)
{
	const struct dirty *dirty = &move->dirty;
	uint64_t pages = dirty->front->memory_size / DIRTY_PAGE;

	if (json_array_size(move->lost) > 0)
		return;
	for (uint64_t page = 0; (page = dirty_lost(dirty, page)) < pages; page++)
		json_array_append_new(move->lost, place(page));
}

/* Lets all frames arrive, and looks: later ones would come to the same pages. */
static bool
look(struct move *move)
{
	uint64_t end = now_ms() + PATIENCE_MS, ignored[MAX_PAIRS] = {0},
		 pages = move->dirty.front->memory_size / DIRTY_PAGE;
	uint32_t in_flight = 1;

	while (in_flight > 0 && now_ms() < end) {
		in_flight = 0;
		for (uint16_t pair = 0; pair < move->guest.front->config.pairs; pair++)
			in_flight += front_reclaim(move->peer.front, pair) +
				     front_reclaim(move->guest.front, pair);
		receive_all(move->guest.front, move->received);
		receive_all(move->peer.front, ignored);
		/* Also between what is written of a batch, and what makes it visible. */
		dirty_take(&move->dirty);
	}
	/* The switch marks what it has written, so a little later. */
	end = now_ms() + MARK_MS;
	do {
		dirty_take(&move->dirty);
	} while (json_array_size(move->lost) == 0 && dirty_lost(&move->dirty, 0) < pages &&
		 now_ms() < end);
	note_lost(move);
	return in_flight == 0;
}

/* A few rounds of the migration. */
static bool
rounds(struct move *move)
{
	if (!flow(move) || !look(move))
		return false;
	for (int i = 0; i < 3; i++) {
		if (!flow(move) || !flow(move))
			return false;
		dirty_take(&move->dirty);
	}
	return true;
}

/* QEMU's messages for each pair, frames between any two of them. */
static bool
begin(struct move *move)
{
	struct front *front = move->guest.front;

	for (uint16_t pair = 0; pair < front->config.pairs; pair++) {
		if (!dirty_begin(&move->dirty) || !flow(move) || !look(move) || !flow(move))
			return false;
		for (uint16_t i = 0; i < 2; i++)
			if (!front_tell_addresses(front, 2 * pair + i, true) || !flow(move))
				return false;
	}
	return true;
}

/* The guest stands still by now, its peer does not. */
static bool
stop(struct move *move)
{
	uint16_t n = 2 * move->guest.front->config.pairs;

	for (uint16_t i = 0; i < n; i++) {
		send_batch(&move->peer, NULL);
		if (!dirty_stop(&move->dirty, i))
			return false;
	}
	dirty_take(&move->dirty);
	return true;
}

static const char *
run(struct move *move)
{
	struct dirty *dirty = &move->dirty;
	uint64_t size = dirty_log_size(dirty->front);

	if (!flow(move) || !dirty_move(dirty, size) || !flow(move) || !begin(move))
		return "the log does not begin, or nothing flows";
	/* As after a change of the guest's memory: another log of the size, a larger one. */
	if (!rounds(move) || !dirty_move(dirty, size) || !rounds(move) ||
		!dirty_move(dirty, size + DIRTY_PAGE) || !rounds(move) || !flow(move))
		return "the log does not move, or nothing flows";
	if (!stop(move))
		return "a ring is not stopped";
	note_lost(move);
	return NULL;
}

static bool
take_stamped(struct stamped *stamped, json_t *command, const char *guest, const char *frame)
{
	struct front **slot = guest_slot(json_string_value(json_object_get(command, guest)));
	const char *text = json_string_value(json_object_get(command, frame));

	if (!slot || !text || strlen(text) > 2 * sizeof(stamped->frame))
		return false;
	stamped->front = *slot;
	stamped->length = command_bytes(text, stamped->frame);
	stamped->n = 0;
	memset((*slot)->send_header, 0, sizeof((*slot)->send_header));
	return stamped->length >= 14 + sizeof(stamped->n) && (*slot)->config.pairs <= MAX_PAIRS;
}

static json_t *
counts(const uint64_t *count, uint16_t n)
{
	json_t *all = json_array();

	for (uint16_t i = 0; i < n; i++)
		json_array_append_new(all, json_integer((json_int_t)count[i]));
	return all;
}

json_t *
log_guest(json_t *command)
{
	static struct move move;
	const char *header = json_string_value(json_object_get(command, "header")), *problem;
	uint16_t pairs;

	memset(&move, 0, sizeof(move));
	if (!take_stamped(&move.guest, command, "guest", "back") ||
		!take_stamped(&move.peer, command, "peer", "frame"))
		return command_wrong("no such guest, or no frame for it");
	if (header && strlen(header) <= 2 * sizeof(move.peer.front->send_header))
		command_bytes(header, move.peer.front->send_header);
	move.dirty.front = move.guest.front;
	move.dirty.longest = FRONT_HEADER + move.peer.length;
	move.lost = json_array();
	problem = run(&move);
	dirty_end(&move.dirty);
	front_disconnect(move.guest.front);
	if (problem) {
		json_decref(move.lost);
		return command_wrong(problem);
	}
	pairs = move.guest.front->config.pairs;
	return json_pack("{s:o, s:I, s:o, s:o, s:o}", "lost", move.lost, "marked",
		(json_int_t)move.dirty.marked, "foreign",
		move.dirty.has_foreign ? place(move.dirty.foreign) : json_null(), "received",
		counts(move.received, pairs), "sent", counts(move.sent, pairs));
}
