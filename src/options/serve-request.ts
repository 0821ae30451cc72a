import type { ContainerDefinition, CreateEndpointConfigInput, CreateModelInput } from '@aws-sdk/client-sagemaker';
import { captureAll } from '../contract/data-capture.ts';
import type { MetricAlarm } from '../contract/metric-alarm.ts';
import { contractDefaults, defaultName } from '../contract/names.ts';
import type { Emulator } from '../emulator.ts';
import type { HostingSetting } from '../endpoints/prepare.ts';
import { type HostingRequests, requestsFor } from '../endpoints/serve.ts';
import { type ImageSource, imageSource } from '../engine/resolve-image.ts';
import { fail } from '../errors.ts';
import { looksLikePath } from '../host-paths.ts';
import type { ImageRequest } from '../image.ts';
import { toUri } from '../store/location.ts';
import { buildArguments, variables } from './common-flags.ts';
import { readHostingRequests } from './hosting-file.ts';
import { orInit } from './or-init.ts';
import type { ServeValues } from './serve-options.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * What the flags ask for, on top of what a file of requests says: a flag wins over the member it is about, where there is one model, one
 * variant or one endpoint that it can be about. Directories that models name as their image are built. Errors: WrongUsage, and those of
 * `requestsFor`, `readHostingRequests` and `imageSource`.
 */
export async function serveRequest(
  image: string | undefined,
  values: ServeValues,
  surroundings: Surroundings,
  emulator: Emulator,
  requests?: HostingRequests,
): Promise<HostingRequests & Pick<HostingSetting, 'images'>> {
  const file = requests ?? (values.request === undefined ? undefined : await readHostingRequests(values.request, surroundings.cwd));
  if (!file) return await ofImage(image, values, surroundings, emulator);
  const { cwd } = surroundings;
  const environment = variables('--env', values.env);
  const source = image === undefined ? undefined : imageSource(image, cwd);
  const named = source ? modelsOf(file.models, source) : [];
  const Image = source?.kind === 'directory' ? source.path : source?.reference;
  const data = values.model === undefined ? {} : await dataOf(only(file.models, '--model'), image, values, surroundings, emulator);
  const models = file.models.map((model) =>
    withContainer(model, { ...data, ...(named.includes(model) && Image !== undefined && { Image }) }, environment),
  );
  return {
    ...withDirectories(models, values, surroundings),
    endpointConfigs: withCounts(file.endpointConfigs, values),
    ...renamed(file, values.name),
  };
}

/** `--model` for a model of a file. */
async function dataOf(
  { PrimaryContainer }: CreateModelInput,
  image: string | undefined,
  values: ServeValues,
  surroundings: Surroundings,
  emulator: Emulator,
): Promise<ContainerDefinition> {
  const { models } = await ofImage(image ?? PrimaryContainer?.Image, values, surroundings, emulator);
  const { ModelDataUrl, ModelDataSource } = models[0]?.PrimaryContainer ?? {};
  return { ...(ModelDataUrl !== undefined && { ModelDataUrl }), ...(ModelDataSource !== undefined && { ModelDataSource }) };
}

/**
 * The models that an image on the command line is for: all of them where they have one image, else those that call it by its name, as they do
 * what is built of a directory. Errors: WrongUsage.
 */
function modelsOf(models: readonly CreateModelInput[], source: ImageSource): readonly CreateModelInput[] {
  const name = source.kind === 'directory' ? source.tag : source.reference;
  const names = new Set(models.map(({ PrimaryContainer }) => PrimaryContainer?.Image));
  if (names.size <= 1) return models;
  const called = models.filter(({ PrimaryContainer }) => tagged(PrimaryContainer?.Image ?? '') === tagged(name));
  if (called.length > 0) return called;
  throw fail('WrongUsage', {
    message: `The image could be any of ${[...names].join(', ')} in the file of requests, and none of these is ${name}.`,
    remedy: 'Say it in the file: Image may be a directory with a Dockerfile there, such as ./my-image.',
  });
}

const tagged = (reference: string): string => (/[:@][^/]*$/.test(reference) ? reference : `${reference}:latest`);

/** With what directories are built as in place of their paths, and how that is got. Errors: WrongUsage, those of `imageSource`. */
function withDirectories(
  models: readonly CreateModelInput[],
  values: ServeValues,
  { cwd, env }: Surroundings,
): Pick<HostingRequests, 'models'> & Pick<HostingSetting, 'images'> {
  const images: Record<string, ImageRequest & { readonly image: ImageSource & { kind: 'directory' } }> = {};
  const located = models.map((model) => {
    const { PrimaryContainer: container } = model;
    if (container?.Image === undefined || !looksLikePath(container.Image)) return model;
    const image = imageSource(container.Image, cwd);
    if (image.kind === 'image') return model;
    const { path, tag } = image;
    const namesake = images[tag]?.image.path ?? path;
    if (namesake !== path) {
      throw fail('WrongUsage', {
        message: `${namesake} and ${path} would both be built as ${tag}.`,
        remedy: 'Build one of them under another name (sm-local build --tag), and name that in the file.',
      });
    }
    images[tag] = { image, buildArguments: buildArguments(values['build-arg'], env) };
    return { ...model, PrimaryContainer: { ...container, Image: tag } };
  });
  return { models: located, ...(Object.keys(images).length > 0 && { images }) };
}

/** `--capture` for every configuration; each endpoint has a directory of its own there. */
export function withCapture<R extends HostingRequests>(requests: R, { capture }: ServeValues, { cwd }: Surroundings): R {
  if (capture === undefined) return requests;
  const DataCaptureConfig = captureAll(toUri(capture, cwd));
  return { ...requests, endpointConfigs: requests.endpointConfigs.map((config) => ({ ...config, DataCaptureConfig })) };
}

async function ofImage(image: string | undefined, values: ServeValues, surroundings: Surroundings, emulator: Emulator) {
  if (image === undefined) {
    throw fail('WrongUsage', {
      message: 'An endpoint needs an image, or a directory with a Dockerfile.',
      remedy: `Name one: sm-local serve <image>, image in sm-local.yaml or in a program, or requests that have one. ${orInit}`,
    });
  }
  return await requestsFor(emulator, {
    image: imageSource(image, surroundings.cwd),
    buildArguments: buildArguments(values['build-arg'], surroundings.env),
    name: values.name ?? defaultName(image === '.' ? surroundings.cwd : image, surroundings.now()),
    ...(values.model !== undefined && { model: values.model }),
    cwd: surroundings.cwd,
    environment: variables('--env', values.env),
    instanceType: values['instance-type'] ?? contractDefaults.instanceType,
    instanceCount: countOf(values['instance-count']) ?? 1,
  });
}

function withContainer(
  model: CreateModelInput,
  changed: ContainerDefinition,
  environment: Readonly<Record<string, string>>,
): CreateModelInput {
  if (!model.PrimaryContainer) return model;
  const { ModelDataUrl, ModelDataSource, ...rest } = model.PrimaryContainer;
  const isReplaced = changed.ModelDataUrl !== undefined || changed.ModelDataSource !== undefined;
  const container = isReplaced ? rest : model.PrimaryContainer;
  const variablesToo = Object.keys(environment).length > 0 && { Environment: { ...container.Environment, ...environment } };
  return { ...model, PrimaryContainer: { ...container, ...changed, ...variablesToo } };
}

function withCounts(configs: readonly CreateEndpointConfigInput[], values: ServeValues): readonly CreateEndpointConfigInput[] {
  const count = countOf(values['instance-count']);
  const type = values['instance-type'];
  if (count === undefined && type === undefined) return configs;
  const config = only(configs, '--instance-count');
  const variant = only(config.ProductionVariants ?? [], '--instance-count');
  const changed = {
    ...variant,
    ...(count !== undefined && { InitialInstanceCount: count }),
    ...(type !== undefined && { InstanceType: type as 'ml.m5.large' }),
  };
  return [{ ...config, ProductionVariants: [changed] }];
}

function countOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (/^\d+$/.test(text) && count > 0 && count <= mostInstances) return count;
  throw fail('WrongUsage', {
    message: `--instance-count ${text}: that is no number of instances.`,
    remedy: `Give a whole number from 1 to ${mostInstances}.`,
  });
}

/** Ours: more containers than that on one machine are a slip of the finger. */
const mostInstances = 100;

/** The only endpoint by another name, and with it the alarms that are about it. */
function renamed({ endpoints, alarms = [] }: HostingRequests, name: string | undefined): Pick<HostingRequests, 'endpoints' | 'alarms'> {
  if (name === undefined) return { endpoints, alarms };
  const endpoint = only(endpoints, '--name');
  const dimension = (each: MetricAlarm['Dimensions'][number]) =>
    each.Name === 'EndpointName' && each.Value === endpoint.EndpointName ? { ...each, Value: name } : each;
  return {
    endpoints: [{ ...endpoint, EndpointName: name }],
    alarms: alarms.map((alarm) => ({ ...alarm, Dimensions: alarm.Dimensions.map(dimension) })),
  };
}

export function only<T>(of: readonly T[], flag: string): T {
  const [one, ...others] = of;
  if (one !== undefined && others.length === 0) return one;
  throw fail('WrongUsage', {
    message: `${flag} could be about each of ${of.length} in the file of requests.`,
    remedy: 'Say it in the file.',
  });
}
