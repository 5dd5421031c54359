#include <errno.h>
#include <stdlib.h>

#include <rte_lcore.h>
#include <rte_thread.h>
#include <rte_version.h>

#include "control_thread.h"

#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)

struct start {
	void *(*run)(void *);
	void *context;
};

static uint32_t
run_it(void *context)
{
	struct start start = *(struct start *)context;

	free(context);
	(void)start.run(start.context);
	return 0;
}

int
control_thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *context)
{
	struct start *start = malloc(sizeof(*start));
	rte_thread_t id;
	int error;

	if (!start)
		return ENOMEM;
	*start = (struct start){run, context};
	error = abs(rte_thread_create_control(&id, name, run_it, start));
	if (error)
		free(start);
	else
		*thread = (pthread_t)id.opaque_id; /* as it is on Linux */
	return error;
}

#else

int
control_thread_start(pthread_t *thread, const char *name, void *(*run)(void *), void *context)
{
	return abs(rte_ctrl_thread_create(thread, name, NULL, run, context));
}

#endif
