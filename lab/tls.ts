/** Certificates by which libvirt of one host of a lab lets that of the other in, where libvirt looks for them. */
import { appendFile, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import type { OtherHost } from './other-host.js';

const FOLDER = '/run/lab/tls';
/** Source: libvirt.org/tlscerts.html. */
const PLACES = {
  ca: '/etc/pki/CA/cacert.pem',
  server: '/etc/pki/libvirt/servercert.pem',
  serverKey: '/etc/pki/libvirt/private/serverkey.pem',
  client: '/etc/pki/libvirt/clientcert.pem',
  clientKey: '/etc/pki/libvirt/private/clientkey.pem',
};

/**
 * An authority that both hosts believe, a certificate of the other one's libvirtd by its name, and one of this one's
 * clients; and that name here. Before libvirtd starts there, with `--listen`.
 */
export async function certify(other: OtherHost, name: string, address: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await openssl(['req', '-x509', '-subj', '/CN=lab', '-keyout', 'ca.key', '-out', 'ca.pem']);
  await signed('server', name, `subjectAltName=DNS:${name}`);
  await signed('client', 'lab', '');
  for (const folder of ['/etc/pki/CA', '/etc/pki/libvirt/private']) {
    await mkdir(folder, { recursive: true });
    await other.run('mkdir', '-p', folder);
  }
  await copyFile(`${FOLDER}/ca.pem`, PLACES.ca);
  await copyFile(`${FOLDER}/client.pem`, PLACES.client);
  await copyFile(`${FOLDER}/client.key`, PLACES.clientKey);
  await copyFile(`${FOLDER}/ca.pem`, other.path(PLACES.ca));
  await copyFile(`${FOLDER}/server.pem`, other.path(PLACES.server));
  await copyFile(`${FOLDER}/server.key`, other.path(PLACES.serverKey));
  await appendFile(other.path('/etc/libvirt/libvirtd.conf'), 'listen_tls = 1\n');
  await appendFile('/etc/hosts', `${address} ${name}\n`);
}

async function signed(of: 'server' | 'client', name: string, extension: string): Promise<void> {
  await openssl(['req', '-subj', `/CN=${name}`, '-keyout', `${of}.key`, '-out', `${of}.csr`]);
  await writeFile(`${FOLDER}/${of}.ext`, extension);
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', `${of}.ext`];
  await execa('openssl', ['x509', '-req', '-in', `${of}.csr`, '-out', `${of}.pem`, ...by], {
    cwd: FOLDER,
  });
}

async function openssl([command = '', ...words]: string[]): Promise<void> {
  const key = ['-newkey', 'rsa:2048', '-nodes'];
  await execa('openssl', [command, ...key, ...words], { cwd: FOLDER });
}
