#include "counters.h"

const char *const drop_names[DROP_REASONS] = {
	[DROP_RING_FULL] = "ring_full",
	[DROP_RING_BUSY] = "ring_busy",
	[DROP_BUFFER_SMALL] = "buffer_small",
	[DROP_NOT_READY] = "not_ready",
	[DROP_SAME_PORT] = "same_port",
	[DROP_TOO_SHORT] = "too_short",
	[DROP_TOO_LONG] = "too_long",
	[DROP_BAD_SOURCE] = "bad_source",
	[DROP_VLAN_TAGGED] = "vlan_tagged",
	[DROP_NO_PORT] = "no_port",
	[DROP_SPOOFED] = "spoofed",
	[DROP_FLOOD_LIMIT] = "flood_limit",
	[DROP_TAG_UNKNOWN] = "tag_unknown",
	[DROP_UNMATCHED] = "unmatched",
	[DROP_MULTICAST] = "multicast",
	[DROP_NO_BUFFER] = "no_buffer",
	[DROP_BAD_OFFLOAD] = "bad_offload",
};

static void
collect(uint64_t *sum, const uint64_t *one)
{
	*sum += __atomic_load_n(one, __ATOMIC_RELAXED);
}

void
counters_collect(struct counters *sum, const struct counters *one)
{
	collect(&sum->rx_packets, &one->rx_packets);
	collect(&sum->rx_bytes, &one->rx_bytes);
	collect(&sum->tx_packets, &one->tx_packets);
	collect(&sum->tx_bytes, &one->tx_bytes);
	for (int i = 0; i < DROP_REASONS; i++)
		collect(&sum->drops[i], &one->drops[i]);
}
