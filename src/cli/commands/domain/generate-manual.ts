/** What the manual says of `vmlane domain generate`. */
export const manual = `
A spec is a short file in YAML or JSON that says what a guest is:

  name: web1
  memory: 1GiB
  vcpus: 2
  disks:
    - file: /var/lib/libvirt/images/web1.qcow2
  interfaces:
    - type: vhost-user
      network: lan

The result is the whole domain, with all that the switch needs: shared memory, a socket for each NIC, devices that
perform. A key that does not exist, or a value that cannot be, is refused with the line where it is and what it may be.

The same spec gives the same domain: UUID and MACs that the spec does not name are made from the guest's name. The order of
elements never changes, so results can be compared.

To create the guest, 'vmlane domain define' takes the spec itself; it also makes images for cloud-init and sets autostart,
which XML cannot say. 'vmlane domain apply' does that for a folder. To look at what would be wrong on this host:
'vmlane domain validate'. 'vmlane domain schema' prints the JSON Schema of specs, for editors.

OLDER HOSTS

With --libvirt-version the XML is for that version: what it does not know is left out, and a line names it.

A DOMAIN OF YOUR OWN

With --template the guest is put into your domain XML: what the spec says replaces what is there, and all the rest
stays.

MORE

'vmlane domain schema' describes every key; 'vmlane domain example' has specs of whole guests, and templates.
`;
