import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { type CredentialsChoice, type CredentialsNews, newsOf } from '../credentials/kept.ts';
import { type Proxies, withoutPasswords } from '../engine/proxies.ts';
import { fail } from '../errors.ts';
import { shortLine } from '../harmless.ts';
import type { ObjectsInput } from '../jobs/channels/input.ts';
import type { HostPlan } from '../jobs/plan.ts';
import type { TrainingRecord } from '../jobs/record.ts';
import { tail } from '../store/log-file.ts';
import { metricsBeside } from '../store/log-names.ts';
import { readMetrics } from '../store/metric-log.ts';
import type { PlannedCode } from '../training-jobs/code-delivery.ts';
import type { TrainingJobPlan } from '../training-jobs/train.ts';
import { duration, size } from '../units.ts';
import { type Io, resultStyle } from './io.ts';
import { Sparkline } from './sparkline.ts';

/**
 * What a person wants to know when a job is over: how it went, what it measured, where things are, what to do next. `proxies`: those it had.
 */
export async function trainingSummary(record: TrainingRecord, image: string, proxies: Proxies | undefined, io: Io): Promise<string> {
  const { bold, green, red, yellow, dim } = resultStyle(io);
  const mark = record.status === 'Completed' ? green : record.status === 'Failed' ? red : yellow;
  const status = record.secondaryStatus === 'MaxRuntimeExceeded' ? 'Stopped (MaxRuntimeExceeded)' : record.status;
  const rows: [label: string, text: string][] = [
    ['Steps', steps(record)],
    ...(record.failureReason === undefined ? [] : ([['FailureReason', record.failureReason]] as [string, string][])),
    ...(await metrics(record)),
    ...credentials(record),
    ...deviations(record),
    ...(await files(record, io)),
    ...(proxies ? ([['Proxies', proxiesText(proxies)]] as [string, string][]) : []),
    ...next(record, image),
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  const body = rows
    .map(([label, text]) => `  ${dim(label.padEnd(width))}  ${text.replaceAll('\n', `\n${' '.repeat(width + 4)}`)}\n`)
    .join('');
  return `\n${bold(record.name)}  ${mark(bold(status))}\n${body}${await lastLines(record, dim)}`;
}

function steps({ transitions }: TrainingRecord): string {
  return transitions
    .map(({ status, startTime, endTime }) => {
      const seconds = endTime ? (Date.parse(endTime) - Date.parse(startTime)) / 1000 : 0;
      return seconds > 0 ? `${status} ${duration(seconds)}` : status;
    })
    .join(' → ');
}

/** The last value of each, and how it came to it. */
async function metrics({ metrics: found, files: { logs } }: TrainingRecord): Promise<[string, string][]> {
  if (found.length === 0) return [];
  const lines = new Map(found.map(({ name }) => [name, new Sparkline()]));
  const [log] = Object.values(logs);
  // The summary is no reason to fail, and the last values stand in the record.
  if (log !== undefined) await addPoints(lines, metricsBeside(log)).catch(() => undefined);
  const width = Math.max(...found.map(({ name, value }) => `${name} = ${value}`.length));
  const text = found.map(({ name, value }) => {
    const line = lines.get(name);
    const course = `${line ?? ''}`;
    const told = `${name} = ${value}`;
    if (!line || course === '') return told;
    const { first, last, least, greatest, values } = line;
    return `${told.padEnd(width)}  ${course}  ${first} → ${last} (least ${least}, most ${greatest}, ${values} values)`;
  });
  return [['Metrics', text.join('\n')]];
}

async function addPoints(lines: ReadonlyMap<string, Sparkline>, path: string): Promise<void> {
  for await (const points of readMetrics(path)) for (const { name, value } of points) lines.get(name)?.add(value);
}

/** What the program could tell from the cloud. */
const deviations = ({ deviations: found = [] }: TrainingRecord): [string, string][] =>
  found.length === 0 ? [] : [['Unlike the cloud', found.join('\n')]];

/** Only where they are not what the cloud has, and the user did not say so. */
const credentials = ({ run }: TrainingRecord): [string, string][] =>
  run?.credentials?.why === undefined ? [] : [['Credentials', credentialsText(newsOf(run.credentials))]];

/** What takes the place of the cloud's address, and why. */
export const credentialsText = ({ role, why }: CredentialsNews): string =>
  `${role === undefined ? 'keys that are good for nothing' : `temporary keys of ${role}`}, in environment variables. ${why}`;

async function files({ files: { model, output, stored = {}, logs } }: TrainingRecord, io: Io): Promise<[string, string][]> {
  const named: [string, string][] = [
    ...(model ? ([['Model', model]] as [string, string][]) : []),
    ...(output ? ([['Output', output]] as [string, string][]) : []),
    ...Object.entries(logs).map(([host, path]): [string, string] => [`Log ${host}`, path]),
  ];
  const elsewhere = Object.entries(stored).map(([kind, uri]): [string, string] => [kind === 'model' ? 'Model' : 'Output', uri]);
  const here = await Promise.all(
    named.map(async ([label, path]): Promise<[string, string]> => [label, `${shortPath(path, io.cwd)}  (${size(await bytesOf(path))})`]),
  );
  return [...elsewhere, ...here];
}

/** Of a file, or of all files below a directory. */
async function bytesOf(path: string): Promise<number> {
  const found = await stat(path);
  if (!found.isDirectory()) return found.size;
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  const sizes = await Promise.all(
    entries.filter((entry) => entry.isFile()).map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  );
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

/** Said because the cloud's containers have none. */
const proxiesText = ({ from, variables }: Proxies): string =>
  `${Object.keys(variables)
    .filter((name) => name === name.toUpperCase())
    .join(', ')} (${from} of the docker config)`;

function next(record: TrainingRecord, image: string): [string, string][] {
  if (record.files.model ?? record.files.stored?.model) return [['Next', `sm-local serve ${image} --model ${record.name}`]];
  if (record.status === 'Completed')
    return [['Note', '/opt/ml/model was empty, so there is no model.tar.gz; the cloud keeps none either.']];
  return [];
}

/** The container's own last words, when it failed: they say more than the status does. */
async function lastLines(record: TrainingRecord, dim: (text: string) => string): Promise<string> {
  if (record.status !== 'Failed') return '';
  const blocks = await Promise.all(
    Object.entries(record.files.logs).map(async ([host, path]) => {
      const lines = await tail(path, 20);
      const shown = lines.map(({ message }) => `  ${dim('|')} ${shortLine(message)}\n`).join('');
      return lines.length === 0 ? `\n  ${host} printed nothing.\n` : `\n  Last lines of ${host}:\n${shown}`;
    }),
  );
  return `${blocks.join('')}\n  ${advice(record)}\n`;
}

function advice({ failureReason = '', run }: TrainingRecord): string {
  const [unexecutable] = Object.values(run.outcomes ?? {}).flatMap((outcome) => outcome.unexecutable ?? []);
  if (unexecutable !== undefined) return fail('NotStartable', { message: '', unexecutable }).remedy;
  if (failureReason.endsWith('exit code: 127') || failureReason.endsWith('exit code: 126')) {
    return 'SageMaker runs the image with the one argument "train": give it an executable "train" on PATH, or an exec-form ENTRYPOINT that takes the argument.';
  }
  if (failureReason.includes('instance type with more memory')) {
    const more = run.options.instanceLimits ? 'choose an instance type with more' : 'give the engine more';
    return `The kernel killed the container because memory ran out: use less, or ${more}.`;
  }
  if (failureReason.startsWith('AlgorithmError: , ')) {
    return 'The program may write the reason to /opt/ml/output/failure before it exits; the cloud shows its first 1024 characters.';
  }
  if (failureReason.startsWith('AlgorithmError: ')) return 'The reason is what the program wrote to /opt/ml/output/failure.';
  return 'The program is not the reason; the warnings above say what happened.';
}

/** Relative when that is shorter, with ~ for the user's own directory. */
export function shortPath(path: string, cwd: string): string {
  const fromHere = relative(cwd, path);
  if (!fromHere.startsWith('..')) return `./${fromHere}`;
  return path.startsWith(`${homedir()}/`) ? `~${path.slice(homedir().length)}` : path;
}

/** The same as an event. */
export const planEvent = (plan: TrainingJobPlan, choice: CredentialsChoice) => ({ event: 'plan', ...planData(plan), credentials: choice });

/** What `--dry-run` prints: everything that would be created. */
export function planText(plan: TrainingJobPlan, choice: CredentialsChoice): string {
  const lines = plan.hosts.flatMap((host) => [
    `Host ${host.host} (${host.hostname})`,
    `  runs         ${[...(host.entrypoint ?? plan.image.entrypoint ?? []), ...host.command].join(' ')}`,
    `  /dev/shm     ${size(host.shmSize)}`,
    ...(host.limits ? [`  limits       ${host.limits.cpus} processors, ${size(host.limits.memory)}`] : []),
    '  environment',
    ...Object.entries(host.environment).map(([name, value]) => `    ${name}=${withoutPasswords(value)}`),
    '  /opt/ml',
    ...[...host.directories].map(([path, mode]) => `    ${mode.toString(8)} ${path}/`),
    ...[...host.tree].map(
      ([path, content]) =>
        `    ${path}\n      ${content.length > 300 ? `${content.slice(0, 300)}… (${content.length} characters)` : content}`,
    ),
    ...inputsOf(host).map(
      ({ channel, mode, objects, bytes, from }) =>
        `  channel ${channel} (${mode})${objects === undefined ? '' : `: ${objects} objects`}${bytes === undefined ? '' : `, ${size(bytes)}`}${from === undefined ? '' : `, from ${from}`}`,
    ),
  ]);
  return `Training job ${plan.name}\n  image        ${plan.request.AlgorithmSpecification?.TrainingImage} (${plan.image.id})\n  artifacts    ${plan.request.OutputDataConfig?.S3OutputPath}/${plan.name}/output/\n  time limit   ${duration(plan.maxRuntime)}, then SIGTERM and ${duration(plan.stopGrace)}\n  credentials  ${plannedCredentials(choice)}\n${codeText(plan.code)}${plan.proxies ? `  proxies      ${proxiesText(plan.proxies)}\n` : ''}${lines.join('\n')}\nNothing was created.\n`;
}

const codeText = (code: PlannedCode | undefined): string =>
  code
    ? `  source code  ${code.source.program} of ${code.source.files} files, ${size(code.source.bytes)}, would be packed to ${code.uri}\n`
    : '';

const sizeOf = ({ source: { files, bytes } }: PlannedCode): object => ({ files, bytes });

/** Where they will be is known when the job begins. */
function plannedCredentials({ source, role }: CredentialsChoice): string {
  const whose = role ? `, of ${role.arn}` : '';
  if (source === 'none') return 'none';
  if (source === 'environment') return `in environment variables${whose}`;
  return `at the cloud's address${source === 'network' ? '' : ', or else in environment variables'}${whose}`;
}

const planData = (plan: TrainingJobPlan): object => ({
  name: plan.name,
  arn: plan.arn,
  image: plan.image.id,
  request: plan.request,
  ...(plan.code && { source: { ...sizeOf(plan.code), program: plan.code.source.program, archive: plan.code.uri } }),
  ...(plan.proxies && { proxies: { from: plan.proxies.from, variables: shown(plan.proxies.variables) } }),
  hosts: plan.hosts.map(({ directories, tree, channels, fileSystems, pipes, environment, ...host }) => ({
    ...host,
    environment: shown(environment),
    directories: Object.fromEntries([...directories].map(([path, mode]) => [path, mode.toString(8)])),
    tree: Object.fromEntries(tree),
    channels: inputsOf({ channels, fileSystems, pipes }),
  })),
});

interface PlannedInput {
  readonly channel: string;
  readonly mode: string;
  readonly objects?: number;
  readonly bytes?: number;
  readonly from?: string;
}

/** What a host gets of its channels; of the lines of an augmented manifest nobody has counted the bytes. */
function inputsOf({ channels, fileSystems, pipes }: Pick<HostPlan, 'channels' | 'fileSystems' | 'pipes'>): readonly PlannedInput[] {
  const objectsOf = ({ channel, mode, objects, bytes, prefix, directory }: ObjectsInput): PlannedInput => ({
    ...{ channel, mode, objects: objects.length, bytes },
    from: directory ?? prefix,
  });
  return [
    ...channels.map(objectsOf),
    ...fileSystems.map(({ channel, mode, directory }) => ({ channel, mode, from: directory })),
    ...pipes.map(({ input }) => (input.kind === 'objects' ? objectsOf(input) : { channel: input.channel, mode: input.mode })),
  ];
}

const shown = (environment: Readonly<Record<string, string>>): object =>
  Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, withoutPasswords(value)]));
