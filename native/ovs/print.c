#include <stdio.h>
#include <string.h>

#include "print.h"

#include "../base/contract.h"

/* Where each reason is counted: `receiver` is on the way to the guest, all else on the way from it.
 */
static bool
is_on_the_way_to(const char *reason)
{
#define IS_receiver true
#define IS_sender false
#define IS_device false
#define SIDE(symbol, name, side)                                                                   \
	if (!strcmp(reason, name))                                                                 \
		return IS_##side;
	EACH_DROP_REASON(SIDE)
	return false;
}

static json_int_t
count_of(const json_t *port, const char *key)
{
	return json_integer_value(json_object_get(port, key));
}

bool
print_name(const char *name)
{
	const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

	return printf(name[strspn(name, plain)] ? "\"%s\"\n" : "%s\n", name) > 0;
}

bool
print_statistics(const json_t *port)
{
	json_int_t lost_to = 0, lost_from = 0;
	const char *reason;
	json_t *count;

	json_object_foreach (json_object_get(port, "drops"), reason, count)
		*(is_on_the_way_to(reason) ? &lost_to : &lost_from) += json_integer_value(count);
	return printf("[\"map\",[[\"rx_bytes\",%lld],[\"rx_dropped\",%lld],[\"rx_errors\",%lld],"
		      "[\"rx_packets\",%lld],[\"tx_bytes\",%lld],[\"tx_dropped\",%lld],"
		      "[\"tx_errors\",0],[\"tx_packets\",%lld]]]\n",
		       (long long)count_of(port, "rx_bytes"), (long long)lost_from,
		       (long long)count_of(port, "bad_chains"),
		       (long long)count_of(port, "rx_packets"),
		       (long long)count_of(port, "tx_bytes"), (long long)lost_to,
		       (long long)count_of(port, "tx_packets")) > 0;
}
