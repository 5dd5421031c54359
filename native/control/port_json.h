/*
 * A port's settings as JSON: the same keys and rules in the protocol and in the state file.
 */
#ifndef PORT_JSON_H
#define PORT_JSON_H

#include <jansson.h>

#include "../base/contract.h"

struct port_config;

const char *
port_listener_name(enum listener listener);

/* All settings, in a new object. */
json_t *
port_config_to_json(const struct port_config *config);

/*
 * Takes over the settings in object; others are unchanged. NULL on success. Otherwise a text that
 * says what is valid for the key *bad; config is then half changed.
 */
const char *
port_config_from_json(json_t *object, struct port_config *config, const char **bad);

/* What one setting has to do with another: what is wanted, and *bad, or NULL (port_json_check.c).
 */
const char *
port_json_check(const struct port_config *config, const char **bad);

#endif
