/*
 * The links of ports. One whose link is down is not in the topology: nobody polls it, and frames
 * for it are dropped as `link_down`. Its guest sees that: at a vhost-user socket as vhost_hold.h
 * has it, at a tap by its carrier; a macvtap, and what is behind a device, see nothing.
 *
 * An operator says which it is (`link` of port.set). With `auto` the guest of a relay has the link
 * of what is at the other end: a device, or a port that is `disable`. Devices are asked each
 * second, as not all drivers tell of changes. One has lost its link when it had none twice, since a
 * device that was just opened finds its link a moment later.
 *
 * Threads: the control thread; `link_down` of a port is written under the lock.
 */
#ifndef LINK_H
#define LINK_H

struct vswitch;

/* The ports' settings or relays may have changed. */
void
link_settle(struct vswitch *sw);
/* Each second: asks devices, and settles the links. */
void
link_refresh(struct vswitch *sw);

#endif
