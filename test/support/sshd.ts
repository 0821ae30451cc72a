import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import type { Namespace } from './namespace.ts';
import { runProgram } from './programs.ts';

const port = 2222;

/** A way into a namespace by ssh. */
export interface SshServer {
  /** Replaces PATH: the ssh program there reads a config of the test's, not the user's, in which the namespace is called `engine`. */
  readonly path: string;
  /** Changes what the ssh program knows of the server's key. */
  forgetKey(): Promise<void>;
}

/**
 * Starts sshd in a namespace. It lets root in with a key, and its commands find the engine at `dockerHost`. Everything is in the namespace's
 * directory and goes with it.
 */
export async function startSshServer(namespace: Namespace, dockerHost: string): Promise<SshServer> {
  const at = (path: string): string => join(namespace.directory, 'ssh', path);
  await mkdir(at('bin'), { recursive: true });
  for (const key of ['host', 'user', 'other']) await runProgram('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(key)]);
  await writeFile(at('sshd_config'), serverConfig(at, namespace.address, dockerHost));
  await writeFile(at('ssh_config'), clientConfig(at, namespace.address));
  const knowKey = async (key: string): Promise<void> =>
    writeFile(at('known_hosts'), `[${namespace.address}]:${port} ${await readFile(at(`${key}.pub`), 'utf8')}`);
  await knowKey('host');
  // ssh looks for its config in the home directory that the system has noted for the user, whatever HOME says.
  await writeFile(at('bin/ssh'), `#!/bin/sh\nPATH="\${PATH#*:}" exec ssh -F "${at('ssh_config')}" "$@"\n`);
  await chmod(at('bin/ssh'), 0o755);
  await namespace.run('mkdir', '-p', '/run/sshd');
  const sshd = namespace.spawn('/usr/sbin/sshd', ['-D', '-e', '-f', at('sshd_config')]);
  await namespace.until(() => accepts(namespace.address), sshd, 'sshd');
  return { path: `${at('bin')}:${process.env.PATH}`, forgetKey: () => knowKey('other') };
}

const serverConfig = (at: (path: string) => string, address: string, dockerHost: string): string => `
ListenAddress ${address}
Port ${port}
HostKey ${at('host')}
AuthorizedKeysFile ${at('user.pub')}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
SetEnv DOCKER_HOST=${dockerHost}
`;

const clientConfig = (at: (path: string) => string, address: string): string => `
Host engine
  HostName ${address}
  Port ${port}
  User root
Host *
  IdentityFile ${at('user')}
  IdentitiesOnly yes
  UserKnownHostsFile ${at('known_hosts')}
  GlobalKnownHostsFile none
`;

const accepts = (host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect({ host, port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
