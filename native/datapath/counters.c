#include "counters.h"

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
