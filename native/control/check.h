/*
 * Rules for port names, socket paths and labels (PROTOCOL.md, "Types").
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stddef.h>

bool
check_port_name(const char *name);

/* Absolute, no control characters, no ".." component, short enough for a socket. */
bool
check_socket_path(const char *path);

/* An interface of the host as port.add takes it; the kernel would take more characters. */
bool
check_interface_name(const char *name);

/* A security label as port.add takes it. */
bool
check_peer_label(const char *label);

/* A device of DPDK as port.add takes it. */
bool
check_device_name(const char *name);

/*
 * Parses the whole of text as a decimal number from min to max.
 * Returns false, and leaves *value unchanged, on anything else.
 */
bool
check_number(const char *text, unsigned long min, unsigned long max, unsigned long *value);

#endif
