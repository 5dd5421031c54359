/*
 * Who reads captures: a thread that sends what lcores have queued (../datapath/capture.h), each
 * over the connection that asked for it. It begins with the first one, and sleeps while there is
 * none.
 *
 * A capture that method_capture_start() began is in the switch's table; its connection comes here
 * when the answer is sent. Readers that do not read are told of nothing, and disconnected in the
 * end; nobody waits for them.
 */
#ifndef CAPTURES_H
#define CAPTURES_H

#include "../datapath/vswitch.h"

struct captures;

/* NULL with errno. */
struct captures *
captures_create(struct vswitch *sw);
/* Takes over a capture that runs, and its connection. */
void
captures_give(struct captures *captures, struct capture *capture, int fd);
/* Of one whose connection went before that. */
void
captures_abandon(struct captures *captures, struct capture *capture);
/* Ends the thread and all captures of the switch. NULL is allowed. */
void
captures_destroy(struct captures *captures);

#endif
