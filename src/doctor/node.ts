import { type Check, ok, warning } from './finding.ts';

/** Node 20 is past its end of life: it gets no more security fixes. Source: the Node.js release schedule. */
const supported = 22;

export const nodeCheck: Check = {
  name: 'Node.js',
  async look() {
    const version = process.versions.node;
    const text = `${version} on ${process.platform} ${process.arch}`;
    const facts = { version, platform: process.platform, architecture: process.arch };
    if (Number.parseInt(version, 10) >= supported) return ok(text, facts);
    return warning(
      `${text}: works, and is past its end of life`,
      `Install Node.js ${supported} or newer; commands also start faster with it.`,
      facts,
    );
  },
};
