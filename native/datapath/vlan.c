#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vlan.h"

void
vlan_set_fill(struct vlan_set *set)
{
	for (uint16_t vlan = 1; vlan <= VLAN_MAX; vlan++)
		vlan_set_add(set, vlan);
}

bool
vlan_set_is_full(const struct vlan_set *set)
{
	struct vlan_set full = {0};

	vlan_set_fill(&full);
	return !memcmp(set, &full, sizeof(full));
}

/* Moves behind a VLAN's number, which has no more than four digits. 0: there is none. */
static uint16_t
take_number(const char **text)
{
	uint32_t number = 0;
	int digits = 0;

	for (; **text >= '0' && **text <= '9' && digits <= 4; (*text)++, digits++)
		number = number * 10 + (uint32_t)(**text - '0');
	return number <= VLAN_MAX ? (uint16_t)number : 0;
}

bool
vlan_set_parse(struct vlan_set *set, const char *text)
{
	memset(set, 0, sizeof(*set));
	for (;; text++) {
		uint16_t first = take_number(&text), last = first;

		if (*text == '-') {
			text++;
			last = take_number(&text);
		}
		if (first == 0 || last < first)
			return false;
		for (uint16_t vlan = first; vlan <= last; vlan++)
			vlan_set_add(set, vlan);
		if (*text != ',')
			return *text == '\0';
	}
}

void
vlan_set_print(const struct vlan_set *set, char text[VLAN_LIST_MAX + 1])
{
	size_t at = 0;

	text[0] = '\0';
	for (uint16_t vlan = 1; vlan <= VLAN_MAX && at < VLAN_LIST_MAX; vlan++) {
		uint16_t last = vlan;
		int n;

		if (!vlan_set_has(set, vlan))
			continue;
		while (last < VLAN_MAX && vlan_set_has(set, last + 1))
			last++;
		if (last - vlan == 1) /* two are no longer as a list */
			last = vlan;
		n = snprintf(text + at, VLAN_LIST_MAX + 1 - at, last > vlan ? "%s%u-%u" : "%s%u",
			at ? "," : "", vlan, last);
		at += (size_t)n;
		vlan = last;
	}
}
