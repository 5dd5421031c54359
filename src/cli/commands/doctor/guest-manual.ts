/** What the manual says of `vmlane doctor guest`. */
export const manual = `
For each NIC it looks at all that lies between the guest's definition and the wire, in this order: the guest runs and its
definition is sound; the switch answers; the NIC's port is there, with the settings that the definition wants, and up; its
network is attached and works; frames come from the guest and go to it, and which of them are lost and why. It prints what is
right, and stops at the first thing that is wrong, with what sets it right:

  vmlane doctor web1

It counts frames for three seconds, so let the guest send something meanwhile, such as a ping. Nothing is changed.

With --host it is asked for on other hosts, by the vmlane there. That a host does not have the guest is said, and is an
error only if none has it:

  vmlane doctor web1 --host hosta,root@hostb

The exit status is 1 when something is wrong. What it cannot see is inside the guest: whether its interface is up there, its
address and its routes. If all is well here, look there, and then at the frames themselves ('vmlane switch
capture').
`;
