import { fail } from '../../errors.ts';
import type { Dockerfile } from '../dockerfile.ts';
import type { EngineAddress } from '../engine.ts';
import { isOfficial, type Need, needsOf } from './builder-needs.ts';
import { type Client, engineError, openStream } from './client.ts';

/** Who builds: Docker's legacy builder, BuildKit in Docker's engine, or podman's own, which has some of what BuildKit has. */
export type Builder = 'legacy' | 'buildkit' | 'podman';

/** What an engine has to build with. */
export interface BuilderOffer {
  readonly kind: 'docker' | 'podman';
  readonly version: string;
  readonly hasBuildKit: boolean;
}

/**
 * Asks an engine what it builds with. Docker's has BuildKit since API 1.39, on Linux; where its settings say which builder is meant, the answer
 * to a ping says so too, and one that has BuildKit switched off is not made to use it.
 */
export async function askBuilder(
  client: Client,
  address: EngineAddress,
  {
    kind,
    version,
    apiVersion,
    os,
  }: { readonly kind: 'docker' | 'podman'; readonly version: string; readonly apiVersion: string; readonly os: string },
): Promise<BuilderOffer> {
  if (kind === 'podman') return { kind, version, hasBuildKit: false };
  try {
    const answer = await openStream(client, { method: 'GET', path: '/_ping', query: {} });
    const { headers } = answer as unknown as { readonly headers: Readonly<Record<string, string | undefined>> };
    answer.resume();
    const [major = 0, minor = 0] = apiVersion.split('.').map(Number);
    const isNewEnough = major > 1 || (major === 1 && minor >= 39);
    return { kind, version, hasBuildKit: os === 'linux' && isNewEnough && headers['builder-version'] !== '1' };
  } catch (error) {
    throw engineError(error, 'say what it builds with', address);
  }
}

/** `file`: what the Dockerfile is called. */
export interface Plan {
  readonly file: string;
  readonly dockerfile: Dockerfile;
  readonly buildArguments?: Readonly<Record<string, string>>;
  readonly hasSecrets?: boolean;
}

/** Who builds this; asks the engine only where it matters. Errors: BuilderLacks, with the lines that the engine cannot build. */
export async function chooseBuilder(plan: Plan, ask: () => Promise<BuilderOffer>): Promise<Builder> {
  const needs = needsOf(plan.dockerfile, plan);
  if (needs.length === 0) return 'legacy';
  const offer = await ask();
  const lacks = needs.flatMap((need) => {
    const why = lack(need, offer, plan.dockerfile);
    return why === undefined ? [] : [{ line: need.line, text: `${placeOf(plan.file, need)}${need.what} ${why.text}`, remedy: why.remedy }];
  });
  const [first] = lacks;
  if (first) throw fail('BuilderLacks', { lines: lacks.map(({ text }) => text), remedy: first.remedy });
  return offer.kind === 'podman' ? 'podman' : 'buildkit';
}

const placeOf = (file: string, { line }: Need): string => (line === undefined ? '' : `${file}:${line}: `);

/** Why an engine cannot do what is needed; undefined where it can, or may. */
function lack(need: Need, { kind, version, hasBuildKit }: BuilderOffer, dockerfile: Dockerfile) {
  if (need.never !== undefined)
    return { text: `is not supported: ${need.never}`, remedy: 'Take it out of the Dockerfile, or build with docker build.' };
  const release = Number.parseFloat(version); // major and minor, neither of which has had two digits with podman
  if (kind === 'podman') {
    if (need.podman === undefined || (need.podman !== 'never' && release >= need.podman)) return undefined;
    const why = need.podman === 'never' ? `, and the builder of podman has nothing like it` : `, or podman ${need.podman}`;
    return { text: `needs BuildKit${why} (this is podman ${version})`, remedy: 'Build with a docker engine: --engine, or DOCKER_HOST.' };
  }
  if (!hasBuildKit) {
    const instead = need.argument === undefined ? '' : `Give it by hand: --build-arg ${need.argument}=…\n`;
    return {
      text: 'needs BuildKit, which this engine does not offer',
      remedy: `${instead}It is Docker ${version}. BuildKit is in Docker since 18.09; "features": {"buildkit": true} in its daemon.json switches it on.`,
    };
  }
  if (need.since === undefined || release >= need.since || dockerfile.syntax) return undefined;
  return {
    text: `needs a newer BuildKit than this engine's (Docker ${version}; it came with Docker ${need.since})`,
    remedy:
      'Update Docker, or begin the file with "# syntax=docker/dockerfile:1": the engine then pulls the newest frontend from Docker Hub.',
  };
}

/** What to know of a frontend that the file names; undefined where it names none. */
export function syntaxNote({ file, dockerfile }: Plan, builder: Builder): string | undefined {
  const { syntax } = dockerfile;
  if (!syntax) return undefined;
  const directive = `${file}:${syntax.line}: # syntax=${syntax.image}`;
  if (builder === 'buildkit') return `${directive} has the engine look this frontend up in its registry.`;
  return isOfficial(syntax.image) ? `${directive} is not used: nothing in the file needs that frontend.` : undefined;
}
