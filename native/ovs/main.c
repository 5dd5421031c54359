/*
 * ovs-vsctl, for libvirt only: answers what it asks about vhost-user NICs for those that are ports
 * of vhost-switch, so that `virsh domifstat`, virt-manager and exporters have their counters.
 * Everything else, and all about others' NICs, is for Open vSwitch's own program, if there is one.
 * An exporter asks for each NIC of each guest every few seconds: hence C.
 *
 * Words of the outside are compared with names and paths, or are a string in JSON; no shell sees
 * them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "answer.h"
#include "real.h"

int
main(int argc, char **argv)
{
	struct question question = question_of(argv + (argc > 0));
	enum ask_result how = answer(&question);

	if (how == ASK_ANSWERED)
		return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	if (how == ASK_LATE) {
		fprintf(stderr, "ovs-vsctl: vhost-switch: no answer in time\n");
		return EXIT_FAILURE;
	}
	become_real(argv);
	fprintf(stderr, "ovs-vsctl: %s, and there is no Open vSwitch; see 'vmlane switch ports'\n",
		how == ASK_NOBODY ? "no vhost-switch answers" : "vhost-switch has no such port");
	return EXIT_FAILURE;
}
