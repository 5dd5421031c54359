/*
 * A port's own address (`mac`) in the table of addresses. port_refresh() (port.h) puts it back
 * where it is the port's again. Control thread.
 */
#ifndef PORT_ADDRESS_H
#define PORT_ADDRESS_H

struct port;
struct vswitch;

/* The port's config is new: its limit of addresses, and its own one. */
void
port_address_settle(struct vswitch *sw, struct port *port);

/* Its own address becomes a learned one, unless another port has it. */
void
port_address_release(struct vswitch *sw, const struct port *port);

#endif
