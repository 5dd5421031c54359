#include <stddef.h>
#include <unistd.h>

#include "vhost_device.h"
#include "vhost_limits.h"

/* A guest of all the host's memory may have several ports, each of which maps it. */
#define PORTS_OF_A_GUEST 8
#define MIB (1ULL << 20)

static uint32_t
limit(enum vhost_limit which)
{
	return vhost_owner.limit(vhost_owner.context, which);
}

const char *
vhost_limits_rate(struct vhost_socket *socket)
{
	return rate_take(&socket->messages, limit(VHOST_LIMIT_MESSAGES))
		       ? NULL
		       : "more messages than --message-limit allows";
}

static uint64_t
add(uint64_t sum, uint64_t more)
{
	return sum + more < sum ? UINT64_MAX : sum + more;
}

/* rte_vhost maps a file from its beginning. */
static uint64_t
mapped(const struct vhost_message *message)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < message->memory.n && i < VHOST_MESSAGE_REGIONS; i++)
		sum = add(
			sum, add(message->memory.region[i].offset, message->memory.region[i].size));
	return sum;
}

static uint64_t
of_host(uint32_t mib, unsigned int times)
{
	return mib ? mib * MIB : (uint64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) * times;
}

const char *
vhost_limits_memory(struct vhost_socket *socket, const struct vhost_message *message)
{
	uint64_t most = of_host(limit(VHOST_LIMIT_MEMORY), 1), size, all = 0;

	if (message->request == REQUEST_SET_LOG_BASE)
		return message->log.size > most ? "a log for more memory than --guest-memory allows"
						: NULL;
	if (message->request != REQUEST_SET_MEM_TABLE)
		return NULL;
	size = mapped(message);
	if (size > most)
		return "more memory than --guest-memory allows";
	for (const struct vhost_socket *other = vhost_sockets; other; other = other->next)
		all += other == socket ? size : other->memory;
	if (all > of_host(limit(VHOST_LIMIT_MEMORY_ALL), PORTS_OF_A_GUEST))
		return "more memory than --guest-memory-all leaves";
	socket->memory = size;
	return NULL;
}
