import { isForPlatform } from '../../engine/platform.ts';
import { type Check, failed, passed } from '../check.ts';
import { sources } from '../sources.ts';

export const platform: Check = {
  name: 'platform',
  area: 'image',
  proves: 'the image is for the processor of the instances it is meant for',
  severity: 'error',
  source: sources.observed,
  async look({ image, request }) {
    const own = `${image.os}/${image.architecture}`;
    if (isForPlatform(image, request.platform)) return passed(`The image is for ${own}.`);
    return failed(
      `The image is for ${own}, its instances are ${request.platform}: they refuse it with "exec format error".`,
      `Build it for them: docker build --platform ${request.platform}, or DOCKER_DEFAULT_PLATFORM=${request.platform}. If it is meant for other instances, name their type: --instance-type ${image.architecture === 'arm64' ? 'ml.c7g.xlarge, which endpoints have' : 'ml.m5.large'}.`,
      { image: own, instances: request.platform },
    );
  },
};
