#include "counters.h"

const char *const drop_names[DROP_REASONS] = {
#define DROP_REASON(symbol, name, side) [DROP_##symbol] = (name),
	EACH_DROP_REASON(DROP_REASON)
#undef DROP_REASON
};
