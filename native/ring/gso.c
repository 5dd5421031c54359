#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#include "gso.h"

/* Limit on the segments that a piece needs beside those of its frame. */
#define MORE_SEGMENTS 4

/* The next contiguous bytes of a frame, at most `most`, at least one. */
static struct ring_segment
run_at(const struct frame *frame, struct frame_place *place, uint32_t most)
{
	struct ring_segment run;

	for (;; place->part++, place->at = 0) {
		if (place->part == 0)
			run = (struct ring_segment){
				.from = frame->head, .length = frame->head_length};
		else
			run = frame->segments[place->part - 1];
		if (run.length > place->at)
			break;
	}
	run.at += place->at;
	run.length = RTE_MIN(run.length - place->at, most);
	place->at += run.length;
	return run;
}

static void
skip(const struct frame *frame, struct frame_place *place, uint32_t length)
{
	while (length > 0)
		length -= run_at(frame, place, length).length;
}

void
frame_read(const struct frame *frame, uint32_t from, uint8_t *to, uint32_t length)
{
	struct frame_place place = {0};

	skip(frame, &place, from);
	while (length > 0) {
		struct ring_segment run = run_at(frame, &place, length);

		memcpy(to, run.at, run.length);
		to += run.length;
		length -= run.length;
	}
}

/* Ones' complement sum of a frame's bytes; `place` moves behind them. */
static uint32_t
sum_of(const struct frame *frame, struct frame_place *place, uint32_t length)
{
	uint32_t sum = 0, done = 0;

	while (done < length) {
		struct ring_segment run = run_at(frame, place, length - done);
		uint16_t one = rte_raw_cksum(run.at, run.length);

		/* A run at an odd offset has its bytes swapped. */
		sum += done % 2 ? rte_bswap16(one) : one;
		done += run.length;
	}
	return sum;
}

static uint16_t
checksum_of(uint32_t sum)
{
	sum = (sum >> 16) + (sum & 0xffff);
	sum += sum >> 16;
	/* 0 would mean "none" to UDP; elsewhere the two are the same. */
	return (uint16_t)~sum ? (uint16_t)~sum : 0xffff;
}

static struct frame *
start_piece(struct gso_frames *to)
{
	struct frame *piece = &to->frame[to->n++];

	piece->length = 0;
	piece->head_length = 0;
	piece->n_segments = 0;
	piece->segments = &to->segment[to->n_segments];
	piece->offload = (struct frame_offload){.flags = FRAME_VALID};
	return piece;
}

static void
append(struct gso_frames *to, struct frame *piece, struct ring_segment segment)
{
	to->segment[to->n_segments++] = segment;
	piece->n_segments++;
	piece->length += segment.length;
}

static void
append_from(struct gso_frames *to, struct frame *piece, const struct frame *from,
	struct frame_place *place, uint32_t length)
{
	while (length > 0) {
		struct ring_segment run = run_at(from, place, length);

		append(to, piece, run);
		length -= run.length;
	}
}

static uint16_t
whole_checksum(const struct frame *frame)
{
	uint32_t start = frame->offload.checksum_start;
	struct frame_place place = {0};

	if (frame->offload.flags & FRAME_SUMMED)
		return frame->offload.checksum;
	skip(frame, &place, start);
	return checksum_of(sum_of(frame, &place, frame->length - start));
}

void
frame_sum(struct frame *frame)
{
	if ((frame->offload.flags & (FRAME_UNFINISHED | FRAME_SUMMED)) != FRAME_PARTIAL)
		return;
	frame->offload.checksum = whole_checksum(frame);
	frame->offload.flags |= FRAME_SUMMED;
}

/* The frame with its checksum filled in. */
static const struct frame *
with_checksum(struct gso *gso, struct gso_frames *to)
{
	const struct frame *frame = gso->frame;
	uint32_t at = frame->offload.checksum_start + frame->offload.checksum_offset;
	uint8_t *rest = to->rest[to->n];
	struct frame *piece = start_piece(to);
	struct frame_place place = {0};
	uint16_t checksum = whole_checksum(frame);

	/* The head ends at the checksum, or contains it. */
	piece->length = piece->head_length = at + sizeof(checksum) <= frame->head_length
						     ? frame->head_length
						     : RTE_MIN(frame->head_length, at);
	memcpy(piece->head, frame->head, piece->head_length);
	skip(frame, &place, piece->head_length);
	if (at < piece->head_length) {
		memcpy(piece->head + at, &checksum, sizeof(checksum));
	} else {
		append_from(to, piece, frame, &place, at - piece->head_length);
		memcpy(rest, &checksum, sizeof(checksum));
		append(to, piece, (struct ring_segment){.at = rest, .length = sizeof(checksum)});
		skip(frame, &place, sizeof(checksum));
	}
	append_from(to, piece, frame, &place, frame->length - piece->length);
	gso->done = true;
	return piece;
}

/* IP's own lengths, number and checksum. Returns the sum over the pseudo-header of TCP. */
static uint32_t
finish_network(const struct gso *gso, uint8_t *headers, uint32_t length)
{
	uint16_t at = gso->network_at;
	uint32_t tcp_length = length - gso->frame->offload.checksum_start;
	uint32_t sum = RTE_BE16(IPPROTO_TCP) + rte_cpu_to_be_16(tcp_length);

	if (gso->frame->offload.flags & FRAME_TSO4) {
		struct rte_ipv4_hdr ip;
		uint16_t header_length = gso->frame->offload.checksum_start - at;

		memcpy(&ip, headers + at, sizeof(ip));
		ip.total_length = rte_cpu_to_be_16(length - at);
		ip.packet_id = rte_cpu_to_be_16(rte_be_to_cpu_16(ip.packet_id) + gso->pieces);
		ip.hdr_checksum = 0;
		memcpy(headers + at, &ip, sizeof(ip));
		/* Not rte_ipv4_cksum(): the guest may have changed the frame's length field. */
		ip.hdr_checksum = ~rte_raw_cksum(headers + at, header_length);
		memcpy(headers + at, &ip, sizeof(ip));
		return sum + rte_raw_cksum(&ip.src_addr, 2 * sizeof(ip.src_addr));
	}
	struct rte_ipv6_hdr ip;

	memcpy(&ip, headers + at, sizeof(ip));
	ip.payload_len = rte_cpu_to_be_16(length - at - sizeof(ip));
	memcpy(headers + at, &ip, sizeof(ip));
	return sum + rte_raw_cksum(&ip.src_addr, 2 * sizeof(ip.src_addr));
}

/* The headers of one segment, with `payload` bytes of the sum `payload_sum` behind them. */
static void
finish_headers(
	const struct gso *gso, uint8_t *headers, uint32_t payload, uint32_t payload_sum, bool last)
{
	const struct frame_offload *offload = &gso->frame->offload;
	uint32_t sum = finish_network(gso, headers, offload->header_length + payload);
	uint8_t *at = headers + offload->checksum_start;
	struct rte_tcp_hdr tcp;

	memcpy(&tcp, at, sizeof(tcp));
	tcp.sent_seq = rte_cpu_to_be_32(rte_be_to_cpu_32(tcp.sent_seq) + gso->sent);
	if (!last)
		tcp.tcp_flags &= ~(RTE_TCP_FIN_FLAG | RTE_TCP_PSH_FLAG);
	if (gso->pieces > 0)
		tcp.tcp_flags &= ~RTE_TCP_CWR_FLAG;
	tcp.cksum = 0;
	memcpy(at, &tcp, sizeof(tcp));
	sum += rte_raw_cksum(at, offload->header_length - offload->checksum_start);
	tcp.cksum = checksum_of(sum + payload_sum);
	memcpy(at, &tcp, sizeof(tcp));
}

static const struct frame *
next_segment(struct gso *gso, struct gso_frames *to)
{
	const struct frame *frame = gso->frame;
	const struct frame_offload *offload = &frame->offload;
	uint16_t length = offload->header_length;
	uint32_t left = frame->length - length - gso->sent;
	uint32_t payload = RTE_MIN(left, (uint32_t)offload->segment_size);
	struct frame_place summed = gso->place;
	uint8_t headers[OFFLOAD_HEADERS_MAX], *rest = to->rest[to->n];
	struct frame *piece = start_piece(to);

	memcpy(headers, gso->headers, length);
	finish_headers(gso, headers, payload, sum_of(frame, &summed, payload), payload == left);
	piece->length = piece->head_length = RTE_MIN(length, (uint16_t)FRAME_HEAD);
	memcpy(piece->head, headers, piece->head_length);
	if (length > FRAME_HEAD) {
		memcpy(rest, headers + FRAME_HEAD, length - FRAME_HEAD);
		append(to, piece, (struct ring_segment){.at = rest, .length = length - FRAME_HEAD});
	}
	append_from(to, piece, frame, &gso->place, payload);
	gso->sent += payload;
	gso->pieces++;
	gso->done = payload == left;
	return piece;
}

void
gso_begin(struct gso *gso, const struct frame *frame)
{
	gso->frame = frame;
	gso->done = false;
	gso->pieces = 0;
	gso->sent = 0;
	gso->place = (struct frame_place){0};
	if (!(frame->offload.flags & FRAME_TSO))
		return;
	gso->network_at = frame_network_at(frame);
	frame_read(frame, 0, gso->headers, frame->offload.header_length);
	skip(frame, &gso->place, frame->offload.header_length);
}

const struct frame *
gso_next(struct gso *gso, struct gso_frames *to)
{
	if (gso->done || to->n == BURST ||
		to->n_segments + gso->frame->n_segments + MORE_SEGMENTS > (int)RTE_DIM(to->segment))
		return NULL;
	return gso->frame->offload.flags & FRAME_TSO ? next_segment(gso, to)
						     : with_checksum(gso, to);
}
