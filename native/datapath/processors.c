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

/* Adds the processors of a list of the kernel's, "2-5,8"; none if there is no such list. */
static void
add_list(const char *path, rte_cpuset_t *set)
{
	FILE *file = fopen(path, "re");
	int from, to, next = ',';

	while (file && next == ',' && fscanf(file, "%d", &from) == 1) {
		to = from;
		next = fgetc(file);
		if (next == '-' && fscanf(file, "%d", &to) == 1)
			next = fgetc(file);
		for (int cpu = from; cpu >= 0 && cpu <= to && cpu < CPU_SETSIZE; cpu++)
			CPU_SET(cpu, set);
	}
	if (file)
		fclose(file);
}

bool
lcore_is_isolated(unsigned int lcore)
{
	rte_cpuset_t isolated, own = rte_lcore_cpuset(lcore), both;

	CPU_ZERO(&isolated);
	add_list("/sys/devices/system/cpu/isolated", &isolated);
	add_list("/sys/devices/system/cpu/nohz_full", &isolated);
	CPU_AND(&both, &own, &isolated);
	return CPU_COUNT(&own) > 0 && CPU_EQUAL(&both, &own);
}

void *
zalloc_near(const char *name, size_t size, int node)
{
	void *memory = rte_zmalloc_socket(name, size, RTE_CACHE_LINE_SIZE, node);

	return memory ? memory : rte_zmalloc_socket(name, size, RTE_CACHE_LINE_SIZE, SOCKET_ID_ANY);
}
