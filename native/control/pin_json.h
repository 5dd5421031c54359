/* The lcore that an operator chose for a port, in the state file. */
#ifndef PIN_JSON_H
#define PIN_JSON_H

#include <stdbool.h>
#include <jansson.h>

#include "../datapath/port.h"

/* Of a choice that was made. */
json_t *
pin_to_json(struct lcore_choice choice);
/* value: NULL when none was chosen. False: it is none of ours. */
bool
pin_from_json(struct lcore_choice *choice, json_t *value);

#endif
