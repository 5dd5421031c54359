/*
 * Test fixture: the way of one plain frame, as burst.c goes it.
 */
#ifndef CLASSIFY_PLAINLY_H
#define CLASSIFY_PLAINLY_H

#include "vswitch.h"

/* Place of the member that gets the frame; below 0: it is not plain. */
int
classify_plainly(const struct vswitch *of, const struct topology *among, const struct member *from,
	const struct frame *one, uint32_t at);

#endif
