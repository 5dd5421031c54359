#include "guard_json.h"
#include "port_json.h"

#include "../datapath/port.h"

static const char *
check_vlans(const struct port_config *config, const char **bad)
{
	enum vlan_mode mode = config->vlan_mode;
	bool native = mode == VLAN_MODE_NATIVE_TAGGED || mode == VLAN_MODE_NATIVE_UNTAGGED;

	*bad = "device";
	if (config->interface[0] && config->device[0])
		return "null, as the port has an interface";
	*bad = "vlan_mode";
	if (mode == VLAN_MODE_PER_GUEST && !config->device[0])
		return "another mode, as the port has no device";
	*bad = config->outbound ? "outbound" : "outbound_peak";
	if (config->device[0] && (config->outbound || config->outbound_peak))
		return "0, as nothing holds up what is behind a device";
	*bad = "trunks";
	/* In a relay they are those that a VF's card is to pass. */
	if (!vlan_set_is_full(&config->trunks) && mode != VLAN_MODE_TRUNK && !native &&
		!(config->relay[0] && config->device[0]))
		return "null, as the port's vlan_mode is no trunk's";
	*bad = "vlan";
	if (config->vlan && (mode == VLAN_MODE_TRUNK || mode == VLAN_MODE_PER_GUEST))
		return "0, as the port's vlan_mode has no VLAN without a tag";
	return !config->vlan && mode == VLAN_MODE_NATIVE_TAGGED
		       ? "an integer from 1 to 4094, as frames leave with its tag"
		       : NULL;
}

static const char *
check_relay(const struct port_config *config, const char **bad)
{
	const struct guards *guards = &config->guards;

	if (!config->relay[0])
		return NULL;
	*bad = "vlan_mode";
	if (config->vlan_mode != VLAN_MODE_ACCESS)
		return "\"access\", as the port is in a relay, which carries all tags";
	*bad = "vlan";
	if (config->vlan)
		return "0, as the port is in a relay, which carries all tags";
	*bad = "mac";
	if (config->has_mac)
		return "null, as the port is in a relay, which carries all addresses";
	*bad = "isolated";
	if (config->isolated)
		return "0, as the port is in a relay, which nobody else reaches";
	*bad = guards->checks ? "guards" : "dhcp_servers";
	return guards->checks || guard_has_incoming(guards)
		       ? "null, as the port is in a relay, which carries all frames"
		       : NULL;
}

const char *
port_json_check(const struct port_config *config, const char **bad)
{
	const char *wanted = check_vlans(config, bad);

	if (!wanted)
		wanted = check_relay(config, bad);
	return wanted ? wanted : guard_json_check(config, bad);
}
