import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Examined, examine } from '../../src/check/examine.ts';
import { openSubject } from '../../src/check/open-subject.ts';
import { checks } from '../../src/check/registry.ts';
import type { CheckRequest, Part } from '../../src/check/request.ts';
import type { Image } from '../../src/engine/engine.ts';
import { type Ephemeral, openEphemeral } from '../../src/ephemeral.ts';
import { baseImage, projectRoot, testEngine } from './real-engine.ts';

export interface LookedAt {
  /** Names of checks or areas. */
  readonly only: readonly string[];
  readonly parts: readonly Part[];
  /** Options of `sm-local serve` besides those of check.json. */
  readonly serve?: CheckRequest['serve'];
  readonly payload?: CheckRequest['payload'];
  readonly signal?: AbortSignal;
  /** Told what is being tried. */
  readonly onTrial?: (what: string) => void;
}

/** The images of fixtures/checks, and what the checks find in them. */
export class CheckFixtures implements AsyncDisposable {
  readonly #ephemeral: Ephemeral;
  #healthy: Promise<Image> | undefined;

  private constructor(ephemeral: Ephemeral) {
    this.#ephemeral = ephemeral;
  }

  /** `home`: below which the runs have one of their own. */
  static async open(home: string): Promise<CheckFixtures> {
    return new CheckFixtures(await openEphemeral({ home, engine: testEngine(), credentials: { source: 'environment' } }));
  }

  /** What is found in fixtures/checks/<name> under the options of its check.json, by the names of the checks. */
  async findings(
    name: string,
    { only, parts, serve = {}, payload, signal, onTrial = () => {} }: LookedAt,
  ): Promise<ReadonlyMap<string, Examined>> {
    await using image = await this.#image(name);
    const path = join(directoryOf(name), 'check.json');
    const given = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>) : {};
    const request: CheckRequest = {
      ...{ source: { kind: 'image', reference: image.id }, imageName: name, buildArguments: {}, parts, platform: 'linux/amd64', payload },
      ...{ train: given, serve: { ...given, ...serve }, surroundings: { env: {}, cwd: directoryOf(name), now: () => new Date() } },
    };
    const observer = { event() {}, trial: onTrial };
    await using subject = await openSubject(this.#ephemeral, request, observer, signal ?? new AbortController().signal);
    const found = new Map<string, Examined>();
    for await (const each of examine(subject, checks, { only, skip: [] })) found.set(each.check.name, each);
    return found;
  }

  async #image(name: string): Promise<Image & AsyncDisposable> {
    this.#healthy ??= build('healthy', { BASE_IMAGE: baseImage() });
    const healthy = await this.#healthy;
    if (name === 'healthy') return { ...healthy, async [Symbol.asyncDispose]() {} };
    const image = await build(name, { HEALTHY_IMAGE: healthy.id });
    return { ...image, [Symbol.asyncDispose]: () => testEngine().images.remove(tagOf(name)) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ephemeral[Symbol.asyncDispose]();
    if (this.#healthy) await testEngine().images.remove(tagOf('healthy'));
  }
}

const directoryOf = (name: string): string => join(projectRoot, 'fixtures/checks', name);

const tagOf = (name: string): string => `sm-local-test/checks-${name}:${process.pid}`;

const build = (name: string, buildArguments: Readonly<Record<string, string>>): Promise<Image> =>
  testEngine().images.build({ directory: directoryOf(name), tag: tagOf(name), buildArguments, labels: { 'sm-local.kind': 'image' } });
