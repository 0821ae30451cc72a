import { closest } from '../contract/closest.ts';
import { type Emulator, openEmulator } from '../emulator.ts';
import { fail } from '../errors.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import type { DescribeValues } from '../options/resource-options.ts';
import { definitionKinds, kinds } from '../upkeep/kinds.ts';
import { type DefinitionResource, findDefinitions, readResource } from '../upkeep/resources.ts';
import type { Io } from './io.ts';
import { jsonLine } from './json-lines.ts';
import { isDefinition, kindAndName, namedResource } from './named-resource.ts';
import { sayOrphan } from './orphans.ts';

/** `sm-local describe`: AWS's Describe answer as JSON on stdout. Returns the exit code. */
export async function describe(words: readonly string[], values: DescribeValues, io: Io): Promise<number> {
  await using emulator = await openEmulator(emulatorOptions(values, io));
  const definition = await namedDefinition(emulator, words);
  if (definition) {
    const { kind, describe: answer } = definition;
    if (values.json) await jsonLine(io, { event: 'result', kind, describe: answer });
    else await io.out.write(`${JSON.stringify(answer, undefined, 2)}\n`);
    return 0;
  }
  const resource = await namedResource(emulator, words);
  const { kind, describe: answer, isRunning, isOrphan } = resource;
  const files = resource.kind === 'training-job' ? resource.record.files : { logs: resource.record.run?.logs ?? {} };
  if (values.json) {
    const url = resource.kind === 'endpoint' ? { url: resource.record.url } : {};
    await jsonLine(io, { event: 'result', kind, describe: answer, files, isRunning, isOrphan, ...url });
    return 0;
  }
  await io.out.write(`${JSON.stringify(answer, undefined, 2)}\n`);
  if (isOrphan) await sayOrphan(resource, io);
  return 0;
}

/** A model or an endpoint configuration, where it is asked for by its kind, or nothing that runs has the name. Errors: ResourceNotFound, NameAmbiguous. */
async function namedDefinition(emulator: Emulator, words: readonly string[]): Promise<DefinitionResource | undefined> {
  const { kind, name } = kindAndName(words);
  if (kind !== undefined && !isDefinition(kind)) return undefined;
  const runs = kind === undefined && (await Promise.all(kinds.map((each) => readResource(emulator, each, name)))).some((each) => each);
  if (runs) return undefined;
  const [found, ...others] = await findDefinitions(emulator, name, kind);
  if (others.length > 0) throw fail('NameAmbiguous', { name, kinds: definitionKinds.join(', ') });
  if (!found && kind !== undefined) {
    const near = closest(name, (kind === 'model' ? emulator.models : emulator.endpointConfigs).names());
    const what = `${kind === 'model' ? 'a' : 'an'} ${kind} called "${name}"`;
    throw fail('ResourceNotFound', { what, ...(near !== undefined && { near }) });
  }
  return found;
}
