import { openEmulator } from '../emulator.ts';
import { emulatorOptions } from '../options/common-flags.ts';
import type { LsValues } from '../options/resource-options.ts';
import { sizesOf } from '../sizes.ts';
import { duration, size } from '../units.ts';
import { type DefinitionResource, listDefinitions, listResources, type Resource } from '../upkeep/resources.ts';
import { whileBusy } from './busy.ts';
import { type Io, style } from './io.ts';
import { jsonLine } from './json-lines.ts';
import { isDefinition, kindOf } from './named-resource.ts';
import { errorData, sayBroken } from './orphans.ts';

/** `sm-local ls`: a line for each job and endpoint on stdout, the latest first. Returns the exit code. */
export async function ls(kind: string | undefined, values: LsValues, io: Io): Promise<number> {
  await using emulator = await openEmulator(emulatorOptions(values, io));
  const wanted = kind === undefined ? undefined : kindOf(kind);
  const isOfDefinitions = wanted !== undefined && isDefinition(wanted);
  const listed = await listResources(emulator, wanted === undefined ? undefined : isOfDefinitions ? [] : [wanted]);
  const made = await listDefinitions(emulator, wanted === undefined ? undefined : isOfDefinitions ? [wanted] : []);
  const { resources } = listed;
  const { definitions } = made;
  const broken = [...listed.broken, ...made.broken];
  const busy = { what: 'Adding up sizes', json: values.json };
  const sizes = values.size ? await whileBusy(io, busy, () => sizesOf(resources)) : undefined;
  if (values.json) {
    const told = [
      ...resources.map((resource, index) => ({ ...asData(resource), ...(sizes && { bytes: sizes.each[index] }) })),
      ...definitions.map(({ kind: of, record: { name, arn, creationTime } }) => ({ kind: of, name, arn, creationTime })),
    ];
    await jsonLine(io, { event: 'result', resources: told, broken: broken.map(errorData), ...(sizes && { bytes: sizes.total }) });
    return 0;
  }
  const { dim } = style(io.color);
  if (resources.length + definitions.length > 0) await io.out.write(table(resources, definitions, sizes, io));
  else
    await io.err.write(
      `${dim(`There are no ${wanted === undefined ? 'jobs or endpoints' : `${wanted}s`} in ${emulator.root.home.path}.`)}\n`,
    );
  if (resources.some(({ isOrphan }) => isOrphan)) {
    await io.err.write(
      dim(
        '* Its process is gone. The next up, train, serve, stop or clean goes on with it; an endpoint of sm-local up waits for the next one.\n',
      ),
    );
  }
  await sayBroken(broken, io);
  return 0;
}

const asData = ({ kind, name, record, isRunning, isOrphan }: Resource): object => ({
  kind,
  name,
  arn: record.arn,
  status: record.status,
  creationTime: record.creationTime,
  isRunning,
  isOrphan,
  ...('secondaryStatus' in record ? { secondaryStatus: record.secondaryStatus, endTime: record.endTime } : { url: record.url }),
});

function table(
  resources: readonly Resource[],
  definitions: readonly DefinitionResource[],
  sizes: Awaited<ReturnType<typeof sizesOf>> | undefined,
  io: Io,
): string {
  const head = ['KIND', 'NAME', 'STATUS', 'CREATED', 'TIME', ...(sizes ? ['SIZE'] : []), ''];
  const rows = resources.map((resource, index) => [
    resource.kind,
    resource.name,
    statusOf(resource),
    localTime(resource.record.creationTime),
    duration(secondsOf(resource, io.now())),
    ...(sizes ? [size(sizes.each[index] ?? 0)] : []),
    resource.kind === 'endpoint' ? (resource.record.url ?? '') : '',
  ]);
  const made = definitions.map(({ kind, record }) => [
    kind,
    record.name,
    '',
    localTime(record.creationTime),
    '',
    ...(sizes ? [''] : []),
    '',
  ]);
  const total = sizes ? [['', '', '', '', '', size(sizes.total), 'in all']] : [];
  const lines = [head, ...rows, ...made, ...total];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function statusOf(resource: Resource): string {
  const { status } = resource.record;
  const second = resource.kind === 'training-job' ? resource.record.secondaryStatus : status;
  const text = second === status ? status : `${status}/${second}`;
  return resource.isOrphan ? `${text} *` : text;
}

function secondsOf(resource: Resource, now: Date): number {
  const end = resource.kind === 'training-job' ? resource.record.endTime : undefined;
  return Math.max(0, ((end === undefined ? now.getTime() : Date.parse(end)) - Date.parse(resource.record.creationTime)) / 1000);
}

/** `2026-01-31 12:00:00` in the machine's own time zone. */
function localTime(iso: string): string {
  const date = new Date(iso);
  const two = (number: number): string => String(number).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}
