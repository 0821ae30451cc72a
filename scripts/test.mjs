// npm test: everything. Installs what is missing, gets an engine and the base image beside lint, compiler and bundle, which need neither, then
// runs the tests of all three speeds. Ends with exit code 3 when there is no engine; nothing is skipped.

import { installDependencies, prepareEngine, run, runBeside, say } from './setup.mjs';

const startedAt = Date.now();
installDependencies();
const [baseImage, isBuilt] = await Promise.all([prepareEngine(), lintAndBuild()]);
if (!isBuilt) process.exit(1);
const mocha = [
  '--no-config',
  '--exit',
  '--timeout',
  '60000',
  '--forbid-only',
  '--forbid-pending',
  '--require',
  'dist/test/support/root-hooks.js',
];
run('node', ['scripts/test-files.mjs', ...mocha, ...process.argv.slice(2)], { env: { SM_LOCAL_TEST_BASE_IMAGE: baseImage } });
say(`All of it took ${Math.round((Date.now() - startedAt) / 1000)} s.`);

async function lintAndBuild() {
  return (await runBeside('npx', ['biome', 'check', '.'])) && (await runBeside('npm', ['run', '--silent', 'build']));
}
