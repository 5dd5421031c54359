/*
 * The switch's own command line: the arguments after those of the EAL and "--".
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "peer.h"

#include "../base/log_out.h"

/* Checked settings. Strings belong to argv, except the paths in sockets, which are absolute. */
struct options {
	const char *control_socket;
	const char *state_file;    /* NULL: ports are not kept over a restart */
	const char *vf_token_file; /* NULL: no token */
	const char *log_file;      /* NULL: standard error */
	enum log_form log_form;
	const char *user; /* to become once all is opened; NULL: stay who it is */
	const char *group;
	char **folders; /* --folder, in order: below them, files may be made later */
	size_t n_folders;
	char **sockets; /* --socket-file, in order */
	size_t n_sockets;
	char **devices; /* --device, in order: NAME=DEVICE, both checked */
	size_t n_devices;
	struct authority authority; /* groups that may use the control socket */
	bool client;                /* QEMU listens on them */
	uint64_t port_mask;         /* -p: no or one bit */
	bool promiscuous;
	bool mergeable;  /* offer VIRTIO_NET_F_MRG_RXBUF, allow large frames */
	bool vlan_strip; /* guests get frames from such a device without the tag */
	uint32_t vm2vm;  /* enum vm2vm */

	/* ageing, idle_sleep and so on: the settings of switch.set */
#define SETTING(key, option, min, max, standard) uint32_t key;
	EACH_SWITCH_SETTING(SETTING)
#undef SETTING

	uint32_t total_num_mbufs; /* for each device, at least */
	bool tx_csum;             /* offer guests checksum offload, both ways */
	bool tso;                 /* and TCP segmentation; not without tx_csum */
	uint64_t features_off;    /* virtio features that guests are not offered */
};

/* The text of --help. */
extern const char options_usage[];

enum options_result {
	OPTIONS_OK,
	OPTIONS_HELP,    /* asked for, printed; exit 0 */
	OPTIONS_INVALID, /* one line printed on stderr; exit 2 */
};

/* argv[0] is skipped. Uses getopt's globals. */
enum options_result
options_parse(struct options *options, int argc, char **argv);
void
options_free(struct options *options);

/* Index of the "--" that ends the EAL's arguments; argc when there is none. */
int
options_own_start(int argc, char **argv);

#endif
