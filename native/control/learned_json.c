#include <arpa/inet.h>
#include <string.h>
#include <time.h>

#include "learned_json.h"

#include "../datapath/learned.h"

/* A second in the past, of what is over. */
#define OVER 1

json_t *
learned_to_json(const struct learned *learned, uint32_t now)
{
	json_t *object = json_object();
	time_t clock = time(NULL);

	for (unsigned int i = 0; i < LEARNED_MAX; i++) {
		uint64_t slot = learned_slot(learned, i);
		uint32_t address = (uint32_t)(slot >> 32), until = (uint32_t)slot;
		char text[INET_ADDRSTRLEN];

		if (!slot || !inet_ntop(AF_INET, &address, text, sizeof(text)))
			continue;
		json_object_set_new(object, text,
			json_integer(!learned_is_alive(slot, now) ? OVER
				     : until == LEARNED_FOR_EVER  ? 0
								  : clock + (until - now)));
	}
	return object;
}

bool
learned_from_json(struct learned *learned, json_t *object, uint32_t now)
{
	json_int_t clock = time(NULL);
	const char *text;
	json_t *value;

	memset(learned, 0, sizeof(*learned));
	if (!object)
		return true;
	if (!json_is_object(object) || json_object_size(object) > LEARNED_MAX)
		return false;
	json_object_foreach (object, text, value) {
		json_int_t until = json_integer_value(value), left = until - clock;
		uint32_t address;

		if (!json_is_integer(value) || until < 0 ||
			inet_pton(AF_INET, text, &address) != 1 || !ipv4_is_unicast(address))
			return false;
		if (until == 0)
			learned_add(learned, address, LEARNED_FOR_EVER, now);
		else if (left < LEARNED_FOR_EVER - now)
			learned_add(learned, address, left > 0 ? now + (uint32_t)left : 0, now);
	}
	return true;
}

const char *
learned_text(const struct learned *learned, uint32_t now, char text[ADDRESS_LIST_MAX + 1])
{
	struct address_list list;

	learned_list(learned, now, &list);
	address_list_print(&list, text);
	return *text ? text : NULL;
}

uint64_t
learned_mark(const struct learned *learned)
{
	uint64_t mark = 0;

	for (unsigned int i = 0; i < LEARNED_MAX; i++)
		mark = mark * 31 + learned_slot(learned, i);
	return mark;
}
