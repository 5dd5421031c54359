/*
 * Shared parts of the commands of vhost-front (command.h).
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"

struct front *guests[MAX_GUESTS];

json_t *
command_wrong(const char *problem)
{
	return json_pack("{s:s}", "error", problem);
}

struct front **
guest_slot(const char *name)
{
	for (int i = 0; i < MAX_GUESTS; i++)
		if (guests[i] && name && !strcmp(guests[i]->config.name, name))
			return &guests[i];
	return NULL;
}

struct front *
command_guest(json_t *command)
{
	struct front **slot = guest_slot(json_string_value(json_object_get(command, "guest")));

	return slot ? *slot : NULL;
}

uint32_t
command_number(json_t *command, const char *key, uint32_t otherwise)
{
	json_t *value = json_object_get(command, key);

	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

bool
command_flag(json_t *command, const char *key)
{
	return json_is_true(json_object_get(command, key));
}

uint32_t
command_bytes(const char *text, uint8_t *bytes)
{
	uint32_t length = strlen(text) / 2;

	for (uint32_t i = 0; i < length; i++) {
		char two[] = {text[2 * i], text[2 * i + 1], 0};

		bytes[i] = strtoul(two, NULL, 16);
	}
	return length;
}
