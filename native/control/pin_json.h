/* The lcores that an operator chose for a port and its queue pairs, in the state file. */
#ifndef PIN_JSON_H
#define PIN_JSON_H

#include <stdbool.h>
#include <jansson.h>

#include "../datapath/port.h"

/* Of a choice that was made. */
json_t *
pin_to_json(struct lcore_choice choice);
/* Of the port's pairs; NULL: none was made. */
json_t *
queue_pins_to_json(const struct port *port);
/* value: NULL when none was chosen. False: it is none of ours. */
bool
pin_from_json(struct lcore_choice *choice, json_t *value);
bool
queue_pins_from_json(struct lcore_choice choices[GUEST_MAX_PAIRS], json_t *value);

#endif
