import { SETTINGS_FOLDER } from '../../../host/wrap/settings/index.js';

/** What the manual says of `vmlane wrap install`. */
export const manual = `
From its next start on, each domain is run by qemu-wrap(1), which moves its virtio NICs to the switch and becomes QEMU.
The definition's NICs stay as they are; one line changes, the emulator, and the former one is kept in the domain's
metadata, where 'vmlane wrap uninstall' finds it.

  vmlane wrap install web1 web2 --dry-run
  vmlane wrap install web1 web2
  vmlane wrap uninstall web1

When not to: 'vmlane domain convert' does the same once, in the definition, and libvirt then knows the NICs as what they are.
qemu-wrap is for definitions that must not change, or that a tool writes anew. A NIC that is plugged in while the guest runs does
not pass through it.

WHAT IS CHECKED

Whatever will run with QEMU's rights must be root's and writable by nobody else, and readable for QEMU's user: the
wrapper, what Node loads, Node itself, the settings, and all folders on the way. --unchecked leaves that out, for a test.

PORTS

libvirt runs the wrapper as QEMU's user, who may add no ports. libvirt's hook does, which is root: 'vmlane hook install'.

CONFINED GUESTS

Where AppArmor confines guests, --rules lets them run the wrapper and lets each at its own folder of sockets only, by a marked block
in /etc/apparmor.d/local. For SELinux it says what is missing.

SETTINGS

${SETTINGS_FOLDER}/wrap.yaml says which NICs, which memory, and more, for all guests or for one: qemu-wrap(1). To see what would become of
arguments, 'vmlane wrap explain'; which settings a guest has, 'vmlane wrap config'.
`;
