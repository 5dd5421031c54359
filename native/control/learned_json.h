/*
 * What a port's guards learnt, in the state file: it holds over a restart of the switch, as the
 * guests' leases do. Ends are seconds of the wall clock there, and of the switch's in memory.
 */
#ifndef LEARNED_JSON_H
#define LEARNED_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "../base/contract.h"

struct learned;

/* {"10.0.0.5": 1790000000}; 0: for ever. Empty: nothing. */
json_t *
learned_to_json(const struct learned *learned, uint32_t now);
/* NULL is fine. False: it is none. */
bool
learned_from_json(struct learned *learned, json_t *object, uint32_t now);

/* With commas between; NULL: nothing. */
const char *
learned_text(const struct learned *learned, uint32_t now, char text[ADDRESS_LIST_MAX + 1]);
/* Differs if something was learnt, or given back. */
uint64_t
learned_mark(const struct learned *learned);

#endif
