#include "classify_plainly.h"
#include "classify_plain.h"

int
classify_plainly(const struct vswitch *of, const struct topology *among, const struct member *from,
	const struct frame *one, uint32_t at)
{
	struct plain_look look;
	struct plain plain;

	if (one->length > of->max_frame || one->offload.flags ||
		!plain_begin(&plain, of, among, from, at))
		return -1;
	plain_fetch(&plain, one, &look);
	return plain_place(&plain, one, &look);
}
