/*
 * Fuzz fixture for targets without a guest that changes its memory during a call
 * (ring_fuzz_loads.c): this room is compiled once for all targets, and calls these functions before
 * each load.
 */

#define PLAIN __attribute__((no_sanitize("coverage")))

/* The compiler's names. */
#define ON_LOAD(size)                                                                              \
	void __sanitizer_cov_load##size(void *at);                                                 \
	PLAIN void __sanitizer_cov_load##size(void *at)                                            \
	{                                                                                          \
		(void)at;                                                                          \
	}

ON_LOAD(1)
ON_LOAD(2)
ON_LOAD(4)
ON_LOAD(8)
ON_LOAD(16)
