#include <stdio.h>

#include "guard.h"

static const char *const words[] = GUARD_WORDS;
#define N_WORDS (sizeof(words) / sizeof(*words))

static int
find(const char *text, size_t length)
{
	for (size_t i = 0; i < N_WORDS; i++)
		if (strlen(words[i]) == length && !memcmp(words[i], text, length))
			return (int)i;
	return -1;
}

bool
guard_parse(uint8_t *checks, const char *text)
{
	*checks = 0;
	for (;; text++) {
		size_t length = strcspn(text, ",");
		int which = find(text, length);

		if (which < 0)
			return false;
		*checks |= (uint8_t)(1u << which);
		text += length;
		if (*text == '\0')
			return true;
	}
}

void
guard_print(uint8_t checks, char text[GUARD_LIST_MAX + 1])
{
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < N_WORDS; i++)
		if (checks >> i & 1)
			at += (size_t)snprintf(text + at, GUARD_LIST_MAX + 1 - at, "%s%s",
				at ? "," : "", words[i]);
}
