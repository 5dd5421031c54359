/*
 * Test fixture: vhost-user messages as a peer sends them.
 */
#ifndef VHOST_MESSAGE_FIXTURE_H
#define VHOST_MESSAGE_FIXTURE_H

#include "vhost_message.h"

static inline struct vhost_message
message_of(uint32_t request, uint32_t size, uint64_t number)
{
	return (struct vhost_message){
		.request = request, .flags = 1, .size = size, .number = number};
}

#endif
