import { type Check, ok, warning } from './finding.ts';

export const engineCheck: Check = {
  name: 'engine',
  async look({ emulator }) {
    const { host, rule } = emulator.engine.address;
    await emulator.engine.ping();
    return ok(`${host}, found by: ${rule}`, { host, rule });
  },
};

/** What the suite runs on. Older ones lack nothing that is known; nobody has tried them. */
const oldestTried = '20.10';

export const engineVersionCheck: Check = {
  name: 'engine version',
  needs: ['engine'],
  async look({ emulator }) {
    const description = await emulator.engine.describe();
    const { kind, name, version, apiVersion, operatingSystem, rootless, storageDriver, cgroupVersion } = description;
    const more = [operatingSystem, ...(rootless ? ['rootless'] : []), storageDriver, `cgroup v${cgroupVersion}`];
    const text = `${name} ${version} (API ${apiVersion}) on ${more.join(', ')}`;
    const facts = { kind, name, version, apiVersion, operatingSystem, rootless, storageDriver, cgroupVersion };
    if (kind === 'docker' && isOlder(version, oldestTried)) {
      return warning(`${text}: older than ${oldestTried}, which is the oldest that was tried`, 'Update the engine.', facts);
    }
    return ok(text, facts);
  },
};

/** Compares as many numbers as `than` has. */
function isOlder(version: string, than: string): boolean {
  const [own, other] = [version, than].map((text) => text.split('.').map((part) => Number.parseInt(part, 10)));
  for (const [index, number] of (other ?? []).entries()) {
    const mine = own?.[index] ?? 0;
    if (mine !== number) return mine < number;
  }
  return false;
}
