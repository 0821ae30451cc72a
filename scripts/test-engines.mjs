// npm run test:engines: the conformance suite on every engine that can be had here: the ordinary one, one behind TLS, one behind ssh, podman.
// Installs what is missing on Debian and Ubuntu, as root; elsewhere each suite that cannot run says so on stderr.

import { installMissing } from './install-missing.mjs';
import { installDependencies, prepareEngine, run, say } from './setup.mjs';

/** A program that shows whether it is needed -> packages. */
const wanted = new Map([
  ['podman', ['podman', 'netavark', 'aardvark-dns', 'runc']],
  ['sshd', ['openssh-server', 'openssh-client']],
  ['openssl', ['openssl']],
]);

const startedAt = Date.now();
installDependencies();
const baseImage = await prepareEngine();
installMissing(wanted);
run('npm', ['run', '--silent', 'build']);
const mocha = ['--no-config', '--timeout', '60000', '--forbid-only', '--forbid-pending', '--require', 'dist/test/support/root-hooks.js'];
run('npx', ['mocha', ...mocha, 'dist/test/engines/*.engines.js', ...process.argv.slice(2)], {
  env: { SM_LOCAL_TEST_BASE_IMAGE: baseImage },
});
say(`All of it took ${Math.round((Date.now() - startedAt) / 1000)} s.`);
