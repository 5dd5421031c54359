/*
 * A port's guards as JSON; a part of port_json.c.
 */
#ifndef GUARD_JSON_H
#define GUARD_JSON_H

#include <jansson.h>

struct guards;
struct port_config;

void
guard_json_add(json_t *object, const struct guards *guards);

/* These two as port_config_from_json(); the latter is about settings that must go together. */
const char *
guard_json_take(json_t *object, struct port_config *config, const char **bad);
const char *
guard_json_check(const struct port_config *config, const char **bad);

#endif
