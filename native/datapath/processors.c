#include <stdio.h>
#include <unistd.h>

#include <rte_lcore.h>
#include <rte_malloc.h>

#include "processors.h"

int
lcore_cpu(unsigned int lcore)
{
	const rte_cpuset_t set = rte_lcore_cpuset(lcore);

	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set))
			return cpu;
	return -1;
}

int
lcore_node(unsigned int lcore)
{
	int cpu = lcore_cpu(lcore);
	char path[80];

	for (int node = 0; cpu >= 0 && node < RTE_MAX_NUMA_NODES; node++) {
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/node%d", cpu, node);
		if (access(path, F_OK) == 0)
			return node;
	}
	return -1;
}

void *
zalloc_near(const char *name, size_t size, int node)
{
	void *memory = rte_zmalloc_socket(name, size, RTE_CACHE_LINE_SIZE, node);

	return memory ? memory : rte_zmalloc_socket(name, size, RTE_CACHE_LINE_SIZE, SOCKET_ID_ANY);
}
