#include <rte_ethdev.h>

#include "device_setup.h"
#include "port.h"

#include "../base/log.h"

/*
 * Those that frames have on the wire. A trunk of all VLANs names none: cards have room for 32 or 64
 * of all their VFs, and what passes without them is the card's own affair.
 */
static void
wanted_of(const struct port_config *config, struct vlan_set *vlans)
{
	*vlans = (struct vlan_set){0};
	if (!vlan_set_is_full(&config->trunks))
		*vlans = config->trunks;
	if (config->vlan_mode == VLAN_MODE_NATIVE_TAGGED)
		vlan_set_add(vlans, config->vlan);
}

/* Whether it went well: nothing to do is well, too. */
static bool
settle(struct device *device, uint16_t vlan, bool wanted)
{
	if (vlan_set_has(&device->vlans, vlan) == wanted)
		return true;
	if (rte_eth_dev_vlan_filter(device->port, vlan, wanted))
		return false;
	device->vlans.word[vlan / 64] ^= 1ULL << vlan % 64;
	return true;
}

void
device_follow_vlans(struct device *device, const struct port_config *config)
{
	struct vlan_set wanted;
	uint16_t missed = 0, first = 0;

	if (!device->sorts_vlans)
		return;
	wanted_of(config, &wanted);
	/*
	 * What goes makes room for what comes. If it does not go, more comes in than was asked for,
	 * which ports look at all the same; the next change tries again.
	 */
	for (uint16_t vlan = 1; vlan <= VLAN_MAX; vlan++)
		if (!vlan_set_has(&wanted, vlan))
			(void)settle(device, vlan, false);
	for (uint16_t vlan = 1; vlan <= VLAN_MAX; vlan++) {
		if (!vlan_set_has(&wanted, vlan) || settle(device, vlan, true))
			continue;
		first = first ? first : vlan;
		missed++;
	}
	if (missed)
		LOG(WARNING,
			"device %s: its card does not take VLAN %u for it%s, so frames in it may "
			"not "
			"come in",
			device->name, first, missed > 1 ? " and more" : "");
}
