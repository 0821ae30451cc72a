import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkRequest } from '../../src/check/asked.ts';
import type { Check } from '../../src/check/check.ts';
import { type Examined, examine } from '../../src/check/examine.ts';
import { openSubject } from '../../src/check/open-subject.ts';
import { openEphemeral } from '../../src/ephemeral.ts';
import { checkOptions } from '../../src/options/check-options.ts';
import { type GivenOptions, valuesOf } from '../../src/options/values.ts';
import { baseImage, belowHome, projectRoot, testEngine } from '../support/real-engine.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** What was found of a fixture, by the name of the check. */
export type Findings = ReadonlyMap<string, Examined>;

/** The images of fixtures, each built once by this process. */
export class CheckFixtures implements AsyncDisposable {
  readonly #tags = new Set<string>();
  readonly #building = new Map<string, Promise<string>>();

  /** The tag of its image; those of a fixture are put over `healthy`. */
  image(name: string): Promise<string> {
    const built = this.#building.get(name) ?? this.#build(name);
    this.#building.set(name, built);
    return built;
  }

  /** Looks at a fixture with the options in its `check.json`, and `given`. */
  async examine(name: string, checks: readonly Check[], only: readonly string[] = [], given: GivenOptions = {}): Promise<Findings> {
    const options = join(this.directory(name), 'check.json');
    const own = existsSync(options) ? (JSON.parse(readFileSync(options, 'utf8')) as GivenOptions) : {};
    const values = valuesOf(checkOptions, { ...own, ...given }, {});
    await using home = await temporaryDirectory();
    const surroundings = { env: {}, cwd: this.directory(name), now: () => new Date() };
    const request = await checkRequest(await this.image(name), values, surroundings);
    const findings = new Map<string, Examined>();
    {
      await using engine = testEngine();
      await using ephemeral = await openEphemeral({ home: home.path, engine });
      const observer = { event: () => {}, trial: () => {} };
      await using subject = await openSubject(ephemeral, request, observer, new AbortController().signal);
      for await (const finding of examine(subject, checks, { only, skip: [] })) findings.set(finding.check.name, finding);
    }
    const left = await belowHome(home.path);
    if (left.length > 0) throw new Error(`${name}: left in the engine: ${left.join(', ')}`);
    return findings;
  }

  directory(name: string): string {
    return join(projectRoot, 'fixtures/checks', name);
  }

  async #build(name: string): Promise<string> {
    const tag = `sm-local-check/${name}:${process.pid}`;
    const buildArguments = { BASE_IMAGE: baseImage(), ...(name !== 'healthy' && { HEALTHY_IMAGE: await this.image('healthy') }) };
    this.#tags.add(tag);
    await using engine = testEngine();
    await engine.images.build({ directory: this.directory(name), tag, buildArguments });
    return tag;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using engine = testEngine();
    for (const tag of [...this.#tags].reverse()) await engine.images.remove(tag);
  }
}

/** `failed: what was found`, to compare and to read. */
export const told = (findings: Findings, name: string): string => {
  const finding = findings.get(name);
  return finding ? `${finding.state}: ${finding.text}` : 'not looked at';
};

/** Each check that has something to say against the fixture, and is not held back by the one that is meant. */
export const others = (findings: Findings, meant: string): readonly string[] =>
  [...findings.values()]
    .filter(
      ({ check, state, text }) =>
        check.name !== meant && (state === 'failed' || (state === 'untested' && !isHeldBack(text, findings, meant))),
    )
    .map(({ check, state, text }) => `${check.name} ${state}: ${text}`);

/** Directly, or because something that is needed is. */
function isHeldBack(text: string, findings: Findings, meant: string): boolean {
  const [, by] = /^because of: (\S+)$/.exec(text) ?? [];
  return by !== undefined && (by === meant || isHeldBack(findings.get(by)?.text ?? '', findings, meant));
}
