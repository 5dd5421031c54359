/*
 * Who is behind a port: the guest at its vhost-user socket, an interface of the host, or a device.
 */
#ifndef PORT_GUEST_H
#define PORT_GUEST_H

#include <stdbool.h>

struct counters;
struct device;
struct guest;
struct port;
struct vswitch;

/*
 * Control thread. Opens the socket, whose guest may come later, or takes the interface or the
 * device. False, with a log line: it cannot listen; or port->device_problem says what is wrong. An
 * interface that cannot be taken is tried again every second; port->interface_error says why.
 */
bool
port_guest_open(struct vswitch *sw, struct port *port);
/* Control thread. On return no lcore uses the guest any more. */
void
port_guest_close(struct vswitch *sw, struct port *port);

/* Control thread, each second: gives up an interface that is gone, and takes one that has come. */
void
port_guest_refresh(struct vswitch *sw, struct port *port);

/* Control thread: shows the guest whether its link is down, by port->link_down. */
void
port_guest_link(struct port *port);

/* Control thread: starts a device anew while no lcore sees it; refreshing tries again. */
void
port_guest_redial(struct vswitch *sw, struct device *device);

/* Control thread: adds what an interface dropped since it was taken. */
void
port_guest_count(const struct port *port, struct counters *sum);

/* Under the lock. NULL: nobody is there, or the guest's rings are paused. */
struct guest *
port_guest(const struct port *port);
/* Under the lock. Whether a guest is there, be its rings paused or not. */
bool
port_guest_is_up(const struct port *port);

#endif
