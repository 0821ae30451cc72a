import { fail } from '../../errors.ts';
import type { BuildSpec } from '../engine.ts';
import type { FailedStep } from './build-steps.ts';
import { pullFailure } from './pull-failure.ts';

export interface FailureContext {
  /** What the Dockerfile is called. */
  readonly file: string;
  readonly failed?: FailedStep | undefined;
  /** The images that had to be pulled. */
  readonly bases?: readonly string[];
  /** Of the frontend that the file names, when BuildKit reads it. */
  readonly syntax?: { readonly image: string; readonly line: number } | undefined;
}

/** Says which step failed, where it stands, how it ended, and what it printed last. `message`: the builder's own. */
export function buildFailed(spec: BuildSpec, message: string, context: FailureContext): Error {
  const said = message.trim();
  if (/no space left on device/.test(said)) return fail('EngineDiskFull', { action: `build ${spec.directory}`, why: said });
  const { file, failed, syntax } = context;
  const lines = failed?.lines ?? [];
  const isFrontend = syntax !== undefined && said.includes(syntax.image.split(/[:@]/)[0] ?? syntax.image);
  const why = isFrontend
    ? `${file}:${syntax.line}: the frontend ${syntax.image} could not be pulled: ${unwrapped(said)}`
    : whyOf(said, file, failed);
  const text = [why, ...lines.map((line) => `  ${line}`)].join('\n');
  const exitCode = exitCodeIn(said);
  return fail(isRegistryAway(why, failed) ? 'BaseUnreachable' : 'BuildFailed', {
    directory: spec.directory,
    message: text,
    remedy: isFrontend ? frontendRemedy : remedyFor(said, text, spec, context),
    ...(failed && { step: failed.step.place }),
    ...(failed?.step.line !== undefined && { line: failed.step.line }),
    ...(exitCode !== undefined && { exitCode }),
  });
}

/**
 * Docker's legacy builder holds nothing that it has found in its cache: whoever removes an image meanwhile takes the layers with it that no other
 * image has, and a later step does not find them (moby/moby#39547). Not the failure of a command of a RUN step, which may print anything.
 */
export const areLayersGone = (said: string): boolean =>
  exitCodeIn(said) === undefined && /(?:unable to find image "?|No such image: |unknown parent image ID )sha256:[0-9a-f]{64}/.test(said);

const frontendRemedy =
  'Have the engine reach that registry, or take the line out: then the frontend is used that is built into the engine, and you are told if it lacks something.';

function whyOf(said: string, file: string, failed: FailedStep | undefined): string {
  const [, line, what] = /dockerfile parse error (?:on )?line (\d+): ([\s\S]*)/i.exec(said) ?? [];
  if (line !== undefined) return `${file}:${line}: ${what}`;
  if (!failed) return unwrapped(said);
  const { step } = failed;
  const where = step.line !== undefined ? `${file}:${step.line}` : step.place === 'FROM' ? file : `Step ${step.place}`;
  const code = exitCodeIn(said);
  return `${where}: ${step.text} ${code === undefined ? `failed: ${unwrapped(said)}` : `ended with exit code ${code}`}`;
}

/** Words of Docker's legacy builder, of older and newer BuildKits, and of podman's builder. */
function exitCodeIn(said: string): number | undefined {
  const words =
    /returned a non-zero code: (\d+)$|(?:executor failed running|did not complete successfully)[\s\S]*: exit code: (\d+)$|while running runtime: exit status (\d+)$/;
  const code = words
    .exec(said)
    ?.slice(1)
    .find((each) => each !== undefined);
  return code === undefined ? undefined : Number(code);
}

/** Without what BuildKit puts in front of every failure. */
const unwrapped = (said: string): string =>
  said.replace(/^(?:failed to solve(?: with frontend [\w.]+)?: |failed to create LLB definition: |rpc error: code = \w+ desc = )+/, '');

function remedyFor(why: string, text: string, { directory, platform }: BuildSpec, { bases = [], failed }: FailureContext): string {
  if (areLayersGone(why)) return 'Somebody removes images of this engine meanwhile, as docker image prune does: build when that is over.';
  const other = notOfBase(why, failed?.step.text ?? '');
  if (other !== undefined) return other;
  if (/^FROM /i.test(failed?.step.text ?? '') || isBaseMissing(why)) {
    const base = bases.find((name) => why.includes(name.split(/[:@]/)[0] ?? '')) ?? bases[0] ?? '';
    const { remedy } = pullFailure(why, { image: base, platform, hadLogin: false });
    const late = /x509:/.test(why) ? '\nBuildKit learns of it when the engine starts the next time.' : '';
    return `The base image could not be pulled. ${remedy}${late}\nWhere the Dockerfile takes its base from an argument, name an image you have: --build-arg BASE_IMAGE=<image>`;
  }
  const [, secret] = /secret (?:\S+ )?"?([\w.-]+)"?:? not found/.exec(why) ?? [];
  if (secret !== undefined)
    return `Hand it over: sm-local build ${directory} --secret id=${secret},src=FILE, or env=VARIABLE in place of src.`;
  if (platform && /exec format error/.test(text)) {
    return `The image is built for ${platform}, which this engine cannot emulate: install binfmt support for it, or set DOCKER_DEFAULT_PLATFORM to the engine's own platform.`;
  }
  return 'Correct the step that failed and try again.';
}

/** What to do about an image, or an address, that is no base image. */
function notOfBase(why: string, step: string): string | undefined {
  const [, argument] = /base name \(\$\{?(\w+)\}?\) should not be blank/.exec(why) ?? [];
  if (argument !== undefined) return `Give the argument a value: --build-arg ${argument}=<image>, or a default in the Dockerfile.`;
  const [, url] = /^ADD (?:--\S+ )*(https?:\/\/\S+)/i.exec(step) ?? [];
  if (url !== undefined)
    return `It is the engine that fetches ${url}: check the address, and the engine's own network, name service and proxy; or fetch it yourself, and COPY it.`;
  const [, from] = /^COPY (?:--\S+ )*?--from=(\S+)/i.exec(step) ?? [];
  if (from === undefined || !isBaseMissing(why)) return undefined;
  return `${from} is no stage above this line, and no image that could be pulled: name a stage of this Dockerfile, or an image that you have.`;
}

/** Of a base image or a frontend; what a step of the Dockerfile cannot reach, such as the address of an ADD, is the Dockerfile's own affair. */
const isRegistryAway = (why: string, failed: FailedStep | undefined): boolean =>
  isBaseMissing(why) &&
  (failed === undefined || /^FROM /i.test(failed.step.text)) &&
  /: no such host|: connection refused|: i\/o timeout|: TLS handshake timeout/.test(why);

/** Not the failure of a command of a RUN step, which may well have talked to some registry of its own. */
const isBaseMissing = (why: string): boolean =>
  exitCodeIn(why) === undefined &&
  !/^The command /.test(why) &&
  /no such host|dial tcp|registry|pull access denied|unauthorized|no basic auth|manifest|x509:|i\/o timeout|connection refused|toomanyrequests/.test(
    why,
  );
