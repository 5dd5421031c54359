/* Answers as ovs-vsctl prints them. False: standard output takes nothing. */
#ifndef PRINT_H
#define PRINT_H

#include <jansson.h>
#include <stdbool.h>

/* A port's name: in quotes, as in JSON, if it has anything but letters, digits and _ - . in it. */
bool
print_name(const char *name);

/*
 * A port's counters, of stats.get: as the switch sees them. libvirt turns them round: what the
 * switch received is what the guest sent.
 */
bool
print_statistics(const json_t *port);

#endif
