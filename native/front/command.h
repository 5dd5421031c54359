/*
 * Commands of vhost-front (main.c), and their shared parts. Each takes the line's JSON and returns
 * the answer's.
 */
#ifndef FRONT_COMMAND_H
#define FRONT_COMMAND_H

#include <jansson.h>

#include "front.h"

#define MAX_GUESTS 256
/* How long a guest tries to reach the switch, unless the command says otherwise. */
#define COMMAND_CONNECT_MS 15000

extern struct front *guests[MAX_GUESTS];

/* An answer with an error message. */
json_t *
command_wrong(const char *problem);

/* NULL: no guest has this name. */
struct front **
guest_slot(const char *name);

/* The guest named by the command; NULL: none. */
struct front *
command_guest(json_t *command);

uint32_t
command_number(json_t *command, const char *key, uint32_t otherwise);
bool
command_flag(json_t *command, const char *key);
/* Hexadecimal text as bytes, for which there is room. Returns their number. */
uint32_t
command_bytes(const char *text, uint8_t *bytes);

/* Guests (command_guest.c). */
json_t *
open_guest(json_t *command);
json_t *
close_guest(json_t *command);
json_t *
connect_guest(struct front *front, uint32_t ms);
/* As QEMU does after a migration: has the switch announce the guest. */
json_t *
announce_guest(json_t *command);

/* Frames (command_frames.c). */
json_t *
send_frames(json_t *command);
json_t *
receive_frames(json_t *command);

/* Traffic and attacks (command_traffic.c). */
json_t *
start_traffic(json_t *command);
json_t *
stop_traffic(void);
json_t *
start_flows(json_t *command);
json_t *
stop_flows(void);
json_t *
watch_traffic(json_t *command);
json_t *
attack_with(json_t *command);

/* A migration without a destination (command_log.c). */
json_t *
log_guest(json_t *command);

#endif
