import { wantedPlatform } from '../engine/platform.ts';
import { type Check, ok, warning } from './finding.ts';

export const platformCheck: Check = {
  name: 'platform',
  needs: ['engine'],
  async look({ emulator, env }) {
    const { os, architecture } = await emulator.engine.describe();
    const own = `${os}/${architecture}`;
    const { platform, from } = wantedPlatform(env);
    const facts = { own, wanted: platform };
    if (own === platform) return ok(`images for ${platform} run as they are`, facts);
    return warning(
      `the engine is ${own}; images for ${platform} (${from}) are emulated there, many times slower, if at all`,
      'For Graviton instances set DOCKER_DEFAULT_PLATFORM=linux/arm64; else build and test on an x86 machine what must be fast.',
      facts,
    );
  },
};
