#include <string.h>

#include <rte_common.h>

#include "state_fuzz_spell.h"

#define QUOTE 0xff /* before a byte that stands for itself */

static const char *const pieces[] = {
	"{\"version\":1,\"ports\":[",
	"{\"version\":",
	"\"ports\":[",
	"]}",
	"},{",
	"{",
	"}",
	",",
	"[",
	"]",
	"\"\"",
	"null",
	"true",
	"1e999",
	"-1",
	"9223372036854775807",
	"\"name\":\"a\"",
	"\"name\":\"b\"",
	"\"name\":",
	"\"path\":\"/run/a\"",
	"\"path\":\"/run/b\"",
	"\"path\":\"/run/busy\"",
	"\"path\":\"/run/denied\"",
	"\"path\":\"/run/link\"",
	"\"path\":",
	"\"listener\":\"switch\"",
	"\"listener\":\"qemu\"",
	"\"mode\":\"client\"",
	"\"mode\":\"server\"",
	"\"id\":0",
	"\"id\":1",
	"\"id\":14",
	"\"id\":15",
	"\"id\":",
	"\"vlan\":0",
	"\"vlan\":1000",
	"\"vlan\":1001",
	"\"vlan\":",
	"\"mac\":\"02:00:00:00:00:01\"",
	"\"mac\":null",
	"\"address_limit\":",
	"\"flood_limit\":0",
	"\"unknown\":",
	"\\u0000",
	"\\ud834\\udd1e",
	"\n",
	/* A port in one byte, and a table full of them. */
	"{\"name\":\"a\",\"path\":\"/run/a\"}",
	"{\"name\":\"b\",\"path\":\"/run/b\",\"listener\":\"switch\",\"vlan\":7,\"id\":3}",
	"{\"name\":\"busy\",\"path\":\"/run/busy\",\"listener\":\"switch\"}",
	("{\"name\":\"1\",\"path\":\"/1\"},{\"name\":\"2\",\"path\":\"/2\"},"
	 "{\"name\":\"3\",\"path\":\"/3\"},{\"name\":\"4\",\"path\":\"/4\"},"
	 "{\"name\":\"5\",\"path\":\"/5\"},{\"name\":\"6\",\"path\":\"/6\"},"
	 "{\"name\":\"7\",\"path\":\"/7\"},{\"name\":\"8\",\"path\":\"/8\"},"
	 "{\"name\":\"9\",\"path\":\"/9\"},{\"name\":\"10\",\"path\":\"/10\"},"
	 "{\"name\":\"11\",\"path\":\"/11\"},{\"name\":\"12\",\"path\":\"/12\"},"
	 "{\"name\":\"13\",\"path\":\"/13\"},{\"name\":\"14\",\"path\":\"/14\"}"),
	"\"pinned\":{\"lcore\":0,\"cpu\":0}",
	"\"pinned\":{\"lcore\":1,\"cpu\":1023}",
	"\"pinned\":",
};

char text[MAX_TEXT];
size_t text_length;

static void
append(const char *piece, size_t n)
{
	if (n > sizeof(text) - text_length)
		n = sizeof(text) - text_length;
	memcpy(text + text_length, piece, n);
	text_length += n;
}

void
spell(struct input *input)
{
	text_length = 0;
	while (input->left > 0) {
		uint8_t byte = input_byte(input);

		if (byte < 0x80 || byte == QUOTE) {
			byte = byte == QUOTE ? input_byte(input) : byte;
			append((char *)&byte, 1);
		} else {
			const char *piece = pieces[(byte - 0x80) % RTE_DIM(pieces)];

			append(piece, strlen(piece));
		}
	}
}
