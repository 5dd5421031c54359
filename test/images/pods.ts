/** Containers as a node runs them for the manifests of deploy/kubernetes; by podman, in setup/podman-world. */
import { mkdirSync } from 'node:fs';
import { execa } from 'execa';
import { patience } from '../../lab/slow.js';

/** Of a DaemonSet's pod, what is used here. */
export interface Pod {
  hostNetwork?: boolean;
  containers: {
    image: string;
    args: string[];
    securityContext: {
      runAsUser: number;
      allowPrivilegeEscalation: boolean;
      readOnlyRootFilesystem: boolean;
      capabilities: { drop: string[]; add: string[] };
    };
    volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
  }[];
  volumes: { name: string; hostPath: { path: string; type: string } }[];
}

/** Standard output. @throws Error with what it said */
export async function podman(...words: string[]): Promise<string> {
  const options = { input: '', reject: false, timeout: patience(120_000) };
  const { exitCode, stdout, stderr } = await execa('podman', words, options);
  if (exitCode !== 0) throw new Error(`podman ${words.join(' ')}: ${stdout}\n${stderr}`);
  return stdout;
}

/** As kubelet and the runtime would start the pod's first container; `more`: what kubelet adds. */
export async function start(name: string, pod: Pod, more: string[]): Promise<void> {
  const [container] = pod.containers;
  if (container === undefined) throw new Error('no container');
  const { image, args, securityContext: rights } = container;
  const mounts = container.volumeMounts.map(({ name, mountPath, readOnly }) => {
    const at = pod.volumes.find((one) => one.name === name)?.hostPath;
    if (at?.type === 'DirectoryOrCreate') mkdirSync(at.path, { recursive: true });
    return `--volume=${at?.path}:${mountPath}:${readOnly ? 'ro' : 'rw'}`;
  });
  await podman(
    ...['run', '--detach', '--name', name, '--cgroups=disabled', ...mounts, ...more],
    ...[`--network=${pod.hostNetwork ? 'host' : 'none'}`, `--user=${rights.runAsUser}`],
    ...rights.capabilities.drop.map((one) => `--cap-drop=${one}`),
    ...rights.capabilities.add.map((one) => `--cap-add=${one}`),
    ...(rights.allowPrivilegeEscalation ? [] : ['--security-opt=no-new-privileges']),
    // Kubernetes gives a container no folders to write to beside it.
    ...(rights.readOnlyRootFilesystem ? ['--read-only', '--read-only-tmpfs=false'] : []),
    ...[image, ...args],
  );
}
