import type { Engine, Image, Pushed, PushOptions } from './engine/engine.ts';
import { isForPlatform, isNativeTo, wantedPlatform } from './engine/platform.ts';
import { ecrRegion, parseReference } from './engine/reference.ts';
import { fail } from './errors.ts';
import type { ImageObserver } from './image.ts';
import { nearestImage } from './image-names.ts';
import { progressMeter } from './progress.ts';

export interface PushRequest {
  readonly image: string;
  readonly address: string;
  /** Asks the AWS SDK for a token of ECR, as this profile or as whoever the SDK finds. */
  readonly ecrLogin?: { readonly profile?: string };
}

/** Pushes an image of the engine. Errors: ImageMissing, WrongUsage, EcrClientMissing, EcrLoginFailed, those of `Images.push`. */
export async function pushImage(engine: Engine, request: PushRequest, observer: ImageObserver, signal: AbortSignal): Promise<Pushed> {
  const { image, ecrLogin } = request;
  const warn = (message: string): void => observer.event({ event: 'warning', message });
  for (const warning of engine.settings().warnings) warn(warning);
  const found = (await engine.images.inspect(image)) ?? (await missing(engine, image));
  const address = pushAddress(request.address, image, found);
  const login = ecrLogin && (await loginToEcr(observer, address, ecrLogin.profile, signal));
  warnOfPlatform(image, found, warn);
  const meter = progressMeter(`Pushing ${address}`, 'bytes', (event) => observer.event(event));
  try {
    let layers: { readonly present: number; readonly layers: number } | undefined;
    const onProgress: PushOptions['onProgress'] = (progress) => {
      layers = progress;
      meter.update(progress.done, progress.total);
    };
    const onRetry: PushOptions['onRetry'] = ({ seconds, count }) =>
      observer.event({
        event: 'note',
        message: `The registry did not take a layer of ${address}; the engine tries again in ${seconds} s (retry ${count}). It says why only when it gives up.`,
      });
    const pushed = await engine.images.push(image, address, { onProgress, onRetry, onWarning: warn, signal, ...(login && { login }) });
    meter.end('done');
    if (layers && layers.present > 0) {
      observer.event({ event: 'note', message: `The registry had ${layers.present} of the ${layers.layers} layers already.` });
    }
    return pushed;
  } catch (error) {
    meter.end('failed');
    throw error;
  }
}

/**
 * The address in full: without a tag it gets the image's own, or `latest` where the image is named by its id. Errors: WrongUsage, for what no
 * registry could be meant by.
 */
export function pushAddress(text: string, image: string, found?: Pick<Image, 'id'>): string {
  const wrong = (why: string, remedy: string): Error => fail('WrongUsage', { message: `The address ${text}: ${why}.`, remedy });
  const example = 'Write it as registry/repository:tag, for example 123456789012.dkr.ecr.eu-west-1.amazonaws.com/my-image:1.';
  if (/^[a-z]+:\/\//.test(text)) throw wrong('it is no URL', `Leave out ${text.slice(0, text.indexOf('//') + 2)}. ${example}`);
  const reference = parseReference(text);
  if ('invalid' in reference) throw wrong(reference.invalid, example);
  if (reference.digest !== undefined) throw wrong('a digest follows from what is pushed', 'Give a tag, or leave it out.');
  if (!text.includes('/')) {
    // Only Docker Hub's own images have names of one word.
    const isHost = text.includes('.') || /:\d{2,5}$/.test(text);
    throw isHost
      ? wrong('it names a registry and no repository in it', example)
      : wrong('it has no user, and no registry', `On Docker Hub, an image of yours is called <user>/${text}. ${example}`);
  }
  if (reference.tag !== undefined) return text;
  const own = parseReference(image);
  const isId = found?.id.replace('sha256:', '').startsWith(image.replace('sha256:', ''));
  return `${text}:${isId || 'invalid' in own ? 'latest' : (own.tag ?? 'latest')}`;
}

async function missing(engine: Engine, image: string): Promise<never> {
  const near = await nearestImage(engine, image);
  throw fail('ImageMissing', { image, ...(near !== undefined && { near }) });
}

async function loginToEcr(observer: ImageObserver, address: string, profile: string | undefined, signal: AbortSignal) {
  const reference = parseReference(address);
  const registry = 'invalid' in reference ? address : reference.registry;
  const region = ecrRegion(registry);
  if (region === undefined) {
    throw fail('WrongUsage', {
      message: `--ecr-login is for registries of ECR, and ${registry} is none.`,
      remedy: 'Leave it out: the log-in is then that of the docker config. ECR is at <account>.dkr.ecr.<region>.amazonaws.com.',
    });
  }
  observer.event({ event: 'note', message: `Asking ECR in ${region} for a token.` });
  const { ecrLogin } = await import('./ecr-login.ts');
  return await ecrLogin({ registry, region, ...(profile !== undefined && { profile }) }, signal);
}

/** Whoever pushes for Graviton instances, or for something else than SageMaker, knows. */
function warnOfPlatform(name: string, image: Image, warn: (message: string) => void): void {
  const { platform, from } = wantedPlatform(process.env);
  if (isForPlatform(image, platform) || isNativeTo(platform.split('/')[1] ?? '', image)) return;
  warn(`${name} is for ${image.os}/${image.architecture}; ${from} are ${platform} and would refuse it with "exec format error".`);
}
