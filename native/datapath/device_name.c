#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_kvargs.h>
#include <rte_pci.h>
#include <rte_version.h>

#include "device_name.h"

#include "../vhost/unix_socket.h"

void
device_bare_name(const char *name, char bare[BARE_NAME_MAX + 1])
{
	struct rte_pci_addr address;

	snprintf(bare, BARE_NAME_MAX + 1, "%.*s", (int)strcspn(name, ","), name);
	if (rte_pci_addr_parse(bare, &address) == 0)
		rte_pci_device_name(&address, bare, BARE_NAME_MAX + 1);
}

/* Whether a driver's name, with its number, begins the device's. */
static bool
is_of(const char *name, const char *driver)
{
	size_t length = strlen(driver);

	return !strncmp(name, driver, length) && isdigit((unsigned char)name[length]);
}

bool
device_needs_rights(const char *name)
{
	static const char *const drivers[] = {"net_memif", "net_null", "net_pcap", "net_ring"};

	for (size_t i = 0; i < RTE_DIM(drivers); i++)
		if (is_of(name, drivers[i]))
			/* A capture of an interface, and not of a file. */
			return strstr(name, "iface=");
	return true;
}

bool
device_name_is_packet(const char *name, char interface[INTERFACE_NAME_MAX + 1])
{
	static const char setting[] = ",iface=";
	const char *at = strchr(name, ',');

	if (!is_of(name, "net_af_packet") || !at || strncmp(at, setting, strlen(setting)) != 0)
		return false;
	at += strlen(setting);
	if (!*at || strlen(at) > INTERFACE_NAME_MAX || strpbrk(at, ",/"))
		return false;
	strcpy(interface, at); /* it fits */
	return true;
}

bool
device_needs_drivers(const char *name)
{
	char interface[INTERFACE_NAME_MAX + 1];

	return device_needs_rights(name) && !device_name_is_packet(name, interface);
}

static bool
is_interface(const char *name)
{
	char path[DEVICE_NAME_MAX + 32];

	snprintf(path, sizeof(path), "/sys/class/net/%s", name);
	return !strchr(name, '/') && access(path, F_OK) == 0;
}

/* Settings of a memif that has a socket of its own in the file system. */
struct memif {
	char socket[DEVICE_NAME_MAX + 1]; /* "": it has none */
	bool listens;
};

static void
copy(char to[DEVICE_NAME_MAX + 1], const char *text)
{
	snprintf(to, DEVICE_NAME_MAX + 1, "%s", text ? text : "");
}

/* False: it is no memif. */
static bool
take_memif(const char *name, struct memif *memif)
{
	char role[DEVICE_NAME_MAX + 1], abstract[DEVICE_NAME_MAX + 1];
	struct rte_kvargs *settings;

	*memif = (struct memif){0};
	if (!is_of(name, "net_memif"))
		return false;
	settings = strchr(name, ',') ? rte_kvargs_parse(strchr(name, ',') + 1, NULL) : NULL;
	if (!settings)
		return true;
	copy(memif->socket, rte_kvargs_get(settings, "socket"));
	copy(role, rte_kvargs_get(settings, "role"));
	copy(abstract, rte_kvargs_get(settings, "socket-abstract"));
	rte_kvargs_free(settings);
	memif->listens = !strcmp(role, "server");
	/* The driver's default is an abstract one, which any user of the host may dial. */
	if (strcmp(abstract, "no") != 0 || memif->socket[0] != '/')
		memif->socket[0] = '\0';
	return true;
}

/* Its driver knows but one of the words. */
#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
#define BOND_EXAMPLE "mode=1,member=ADDRESS,member=ADDRESS"
#else
#define BOND_EXAMPLE "mode=1,slave=ADDRESS,slave=ADDRESS"
#endif

/* What drivers do not open a device without: one of these settings. */
static const struct need {
	const char *driver, *settings[6], *what, *example;
} needs[] = {
	{"net_af_packet", {"iface"}, "its interface", "iface=NAME"},
	{"net_af_xdp", {"iface"}, "its interface", "iface=NAME"},
	{"net_bonding", {"mode"}, "its mode", BOND_EXAMPLE},
	{"net_bonding", {"member", "slave"}, "its members", BOND_EXAMPLE},
	{"net_pcap", {"rx_pcap", "tx_pcap", "iface", "rx_iface", "rx_iface_in", "tx_iface"},
		"its file", "tx_pcap=/PATH"},
	{"net_vhost", {"iface"}, "its socket", "iface=/PATH"},
	{"net_virtio_user", {"path"}, "its socket or /dev/vhost-net", "path=/PATH"},
};

static bool
has_one(const struct rte_kvargs *settings, const struct need *need)
{
	for (size_t i = 0; settings && i < RTE_DIM(need->settings) && need->settings[i]; i++)
		if (rte_kvargs_count(settings, need->settings[i]))
			return true;
	return false;
}

/* Drivers would say no more than that a value is wrong. */
static bool
has_what_it_needs(const char *name, char problem[DEVICE_PROBLEM_MAX])
{
	const char *comma = strchr(name, ',');
	struct rte_kvargs *settings = comma ? rte_kvargs_parse(comma + 1, NULL) : NULL;
	const struct need *missing = NULL;

	for (size_t i = 0; i < RTE_DIM(needs) && !missing; i++)
		if (is_of(name, needs[i].driver) && !has_one(settings, &needs[i]))
			missing = &needs[i];
	rte_kvargs_free(settings);
	if (missing)
		snprintf(problem, DEVICE_PROBLEM_MAX, "it does not name %s; give %.*s,%s",
			missing->what, (int)strcspn(name, ","), name, missing->example);
	return !missing;
}

/* Drivers that take an interface which the host has. */
static bool
has_its_interface(const char *name, char problem[DEVICE_PROBLEM_MAX])
{
	const char *setting = strstr(name, "iface=");
	char interface[DEVICE_NAME_MAX + 1];

	if (!setting || (!is_of(name, "net_af_xdp") && !is_of(name, "net_af_packet")))
		return true;
	setting += strlen("iface=");
	snprintf(interface, sizeof(interface), "%.*s", (int)strcspn(setting, ","), setting);
	if (interface[0] && is_interface(interface))
		return true;
	snprintf(problem, DEVICE_PROBLEM_MAX,
		"the host has no interface '%.250s'; 'ip link' shows those that there are",
		interface);
	return false;
}

bool
device_name_is_good(const char *name, char problem[DEVICE_PROBLEM_MAX])
{
	struct memif memif;

	if (is_interface(name)) {
		snprintf(problem, DEVICE_PROBLEM_MAX,
			"an interface of the host is no device of DPDK; let the kernel keep it "
			"(vmlane switch add NAME --nic %.15s), give net_af_xdp0,iface=%.15s, or "
			"bind the NIC to vfio-pci and give its PCI address",
			name, name);
		return false;
	}
	if (!has_what_it_needs(name, problem) || !has_its_interface(name, problem))
		return false;
	if (!take_memif(name, &memif))
		return true;
	if (!memif.socket[0]) {
		snprintf(problem, DEVICE_PROBLEM_MAX,
			"any user of the host could be at its other side; give socket=/PATH and "
			"socket-abstract=no");
		return false;
	}
	if (!unix_socket_is_guarded(memif.socket)) {
		snprintf(problem, DEVICE_PROBLEM_MAX,
			"its socket's folder is not there, or others than root and the switch's "
			"user have a say in what is in it or on the way to it; choose another one");
		return false;
	}
	return true;
}

bool
device_name_dials(const char *name)
{
	struct memif memif;

	return take_memif(name, &memif) && !memif.listens;
}

bool
device_name_is_memif(const char *name, char socket[DEVICE_NAME_MAX + 1])
{
	struct memif memif;
	bool is = take_memif(name, &memif);

	copy(socket, memif.socket);
	return is;
}

bool
device_name_has_memif(const char *name)
{
	return strstr(name, "net_memif");
}

void
device_clear_socket(const char *name)
{
	struct memif memif;

	if (take_memif(name, &memif) && memif.listens && memif.socket[0])
		(void)unix_socket_clear(memif.socket); /* else the driver says what is there */
}

void
device_close_socket_to_others(const char *name)
{
	struct memif memif;

	/* In a folder where nobody can have put another one. */
	if (take_memif(name, &memif) && memif.listens && memif.socket[0])
		(void)fchmodat(AT_FDCWD, memif.socket, S_IRUSR | S_IWUSR, 0);
}
