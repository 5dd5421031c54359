/*
 * Fuzz fixture: makes requests of the fuzzer's bytes (rpc_fuzz_spell.h).
 */
#include <string.h>

#include <rte_common.h>

#include "methods.h"
#include "rpc_fuzz_spell.h"

#define QUOTE 0xff /* before a byte that stands for itself */

/* Messages quote this much of a value; a character may be cut in two there. */
#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xa4"

/* Values for parameters, right and wrong. */
static const struct {
	const char *name, *values[6];
} params[] = {
	{"name", {"\"a\"", "\"b\"", "\"c\"", "7", "\"\"", ("\"" LONG LONG "\"")}},
	{"path", {"\"/run/a\"", "\"/run/b\"", "\"/run/busy\"", "\"/run/denied\"", "null"}},
	{"listener", {"\"qemu\"", "\"switch\"", "\"\""}},
	{"mode", {"\"client\"", "\"server\"", "\"\""}},
	{"vlan", {"0", "5", "4094", "4095", "-1"}},
	{"mac", {"\"02:00:00:00:00:01\"", "\"02:00:00:00:00:02\"", "\"ff:ff:ff:ff:ff:ff\"",
			"null"}},
	{"address_limit", {"1", "65536", "0"}},
	{"flood_limit", {"0", "7", "-1"}},
	{"lcore", {"-1", "0", "128"}},
	{"port", {"\"a\"", "\"b\"", "[{}]"}},
	{"limit", {"1", "1000000", "0"}},
	{"protocol", {"1", "2", "2147483648", "\"1\""}},
	{"client", {"\"me\"", "{}"}},
};
/* Values for parameters outside that list, and words for any place. */
static const char *const numbers[] = {
	"0", "1", "100", "1001", "9223372036854775807", "1.5", "true"};
static const char *const words[] = {"}}\n", "}", ",", "\n", ":", "\"", "[", "{", "[]", "{}", "null",
	"1e9", "\\u0000", "\\ud834\\udd1e", "\xc3\xa4", "\xf0\x9d\x84\x9e", "\"jsonrpc\":\"2.0\"",
	"\"id\":", "\"method\":\"", "\"params\":", "\"name\":\"", "\"path\":\"/", "\"client\":\"",
	"\"vlan?\":", LONG, ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" LONG "\"}\n")};
#define BLANKS 4096 /* in one word: valid in JSON, and makes long lines */

char bytes[MAX_BYTES];

static size_t
append(size_t length, const char *text, size_t n)
{
	if (n > sizeof(bytes) - length)
		n = sizeof(bytes) - length;
	memcpy(bytes + length, text, n);
	return length + n;
}

size_t
append_text(size_t length, const char *text)
{
	return append(length, text, strlen(text));
}

/* One of a parameter's values. */
static const char *
value_of(const char *name, size_t length, uint8_t choice)
{
	size_t n = 0;

	for (size_t p = 0; p < RTE_DIM(params); p++) {
		if (strncmp(params[p].name, name, length) != 0 || params[p].name[length])
			continue;
		do {
			n++;
		} while (n < RTE_DIM(params[p].values) && params[p].values[n]);
		return params[p].values[choice % n];
	}
	return numbers[choice % RTE_DIM(numbers)];
}

/* A parameter of the method that was not given yet, if there is one. */
static size_t
spell_param(size_t length, const struct rpc_method *method, uint8_t choice, uint8_t *given)
{
	size_t n = 0, at, name_length;
	const char *name;

	while (method->params[n].name)
		n++;
	if (n == 0 || *given == (1u << n) - 1)
		return length;
	for (at = choice % n; *given & 1u << at; at = (at + 1) % n)
		;
	name = method->params[at].name;
	name_length = strlen(name);
	length = append_text(length, *given ? ",\"" : "\"");
	length = append(length, name, name_length);
	length = append_text(length, "\":");
	*given |= 1u << at;
	return append_text(length, value_of(name, name_length, choice / n));
}

/* A request's beginning, each parameter, and its end are one byte each. */
size_t
spell(struct input *input)
{
	static const char blanks[BLANKS] = {[0 ... BLANKS - 1] = ' '};
	const struct rpc_method *method = NULL; /* of the current request */
	uint8_t given = 0;                      /* a bit for each parameter given */
	size_t length = 0;

	while (input->left > 0) {
		uint8_t byte = input_byte(input);

		if (byte < 0x80 || byte == QUOTE) {
			byte = byte == QUOTE ? input_byte(input) : byte;
			length = append(length, (char *)&byte, 1);
		} else if (byte - 0xe0 == RTE_DIM(words)) {
			length = append(length, blanks, sizeof(blanks));
		} else if (byte >= 0xe0) {
			length = append_text(length, words[(byte - 0xe0) % RTE_DIM(words)]);
		} else if (!method) {
			method = &switch_methods[byte % n_switch_methods];
			given = 0;
			length = append_text(length, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"");
			length = append_text(length, method->name);
			length = append_text(length, "\",\"params\":{");
		} else if (byte < 0xc8) {
			length = spell_param(length, method, byte - 0x80, &given);
		} else {
			method = NULL;
			length = append_text(length, "}}\n");
		}
	}
	return length;
}
