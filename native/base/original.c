#include <dlfcn.h>

#include "original.h"

void *
original(void **kept, const char *name)
{
	void *function = __atomic_load_n(kept, __ATOMIC_RELAXED);

	if (!function) {
		function = dlsym(RTLD_NEXT, name);
		__atomic_store_n(kept, function, __ATOMIC_RELAXED);
	}
	return function;
}
