import { existsSync } from 'node:fs';
import type { ProductionVariant } from '@aws-sdk/client-sagemaker';
import type { Emulator } from '../emulator.ts';
import type { ContainerSummary } from '../engine/engine.ts';
import { removeLeftovers } from '../engine/leftovers.ts';
import { allThenThrow } from '../hosting/all-then-throw.ts';
import type { EndpointState } from '../hosting/endpoint-state.ts';
import type { RunningContainer, VariantPlan } from '../hosting/fleet.ts';
import type { EndpointPlan, RunningContainers } from '../hosting/generation.ts';
import type { EndpointRecord, KeptVariant, Lasting, LivePlan } from '../hosting/record.ts';
import type { ImageObserver, ImageRequest } from '../image.ts';
import { Scope } from '../scope.ts';
import { labelsOf } from './adopt-endpoint.ts';
import { endpointCapture } from './capture.ts';
import { type HostingSetting, variantLimits } from './prepare.ts';

/** What the engine still has of an endpoint whose process is gone. */
export interface Remains {
  /** Instances of what serves, no more than there are to be. */
  readonly running: RunningContainers;
  /** Whether each production variant has one. */
  readonly isServing: boolean;
  /** All others: of an update that was cut off, of instances that had to go, and those that ended. */
  readonly others: readonly ContainerSummary[];
}

/** Errors: trouble of the engine. */
export async function remainsOf({ engine }: Emulator, record: EndpointRecord): Promise<Remains> {
  const { live } = record.run.lasting ?? {};
  const containers = await engine.containers.list(labelsOf(record));
  const running = new Map<string, readonly RunningContainer[]>();
  const taken = new Set<string>();
  for (const { name, instanceCount } of live ? variantsOf(live) : []) {
    const own = containers.filter(
      ({ state, labels }) =>
        state === 'running' &&
        labels['sm-local.generation'] === live?.generation &&
        labels['sm-local.variant'] === name &&
        labels['sm-local.host'] !== undefined,
    );
    const wanted = own.slice(0, instanceCount);
    for (const { id } of wanted) taken.add(id);
    running.set(
      name,
      wanted.map(({ id, labels }) => ({ instance: labels['sm-local.host'] ?? '', container: id })),
    );
  }
  return {
    running,
    isServing: live?.variants.every(({ name }) => (running.get(name) ?? []).length > 0) === true,
    others: containers.filter(({ id }) => !taken.has(id)),
  };
}

export const hasRunning = ({ running }: Remains): boolean => [...running.values()].some((instances) => instances.length > 0);

const variantsOf = ({ variants, shadow }: LivePlan): readonly KeptVariant[] => (shadow ? [...variants, shadow] : variants);

/** What is kept of a plan, with the weights and the counts that its variants have by now. */
export function livePlanOf({ origin, variants, shadow }: EndpointPlan, state: EndpointState): LivePlan | undefined {
  if (!origin) return undefined;
  const kept = ({ limits: _limits, ...variant }: VariantPlan): KeptVariant => {
    const now = [...state.variants, ...(state.shadow ? [state.shadow] : [])].find(({ name }) => name === variant.name);
    return { ...variant, ...(now && { weight: now.weight, instanceCount: now.desiredInstances }) };
  };
  return { generation: origin.generation, variants: variants.map(kept), ...(shadow && { shadow: kept(shadow) }) };
}

/** Whether instances can be made as the plan says: everything that they were made of is still there. Errors: trouble of the engine. */
export async function isWhole({ engine }: Emulator, record: EndpointRecord, live: LivePlan): Promise<boolean> {
  const labels = labelsOf(record);
  const [networks, volumes] = await Promise.all([engine.networks.list(labels), engine.volumes.list(labels)]);
  const wholes = variantsOf(live).map(async ({ imageId, template: { container } }) => {
    const { network, networks: joined = [] } = container;
    const hasNetwork = network === undefined || networks.some(({ id }) => id === network);
    const hasMounts = container.mounts.every(({ kind, source }) =>
      kind === 'bind' ? existsSync(source) : volumes.some(({ name }) => name === source),
    );
    const hasJoined = (await Promise.all(joined.map((each) => engine.networks.find(each.network)))).every((found) => found !== undefined);
    return hasNetwork && hasJoined && hasMounts && (await engine.images.inspect(imageId)) !== undefined;
  });
  return (await Promise.all(wholes)).every((whole) => whole);
}

/** The plan of another process, which had worked it out. Data that cannot be captured any more is told, and the endpoint serves on. */
export async function planAgain(
  emulator: Emulator,
  record: EndpointRecord,
  { config, models, live }: Lasting & { readonly live: LivePlan },
  setting: HostingSetting,
  observer: ImageObserver,
): Promise<EndpointPlan> {
  const { generation, variants, shadow } = live;
  const own = new Scope();
  const capture = await endpointCapture(emulator, { endpoint: record.name, config }, observer, own).catch((error: Error) => {
    observer.event({ event: 'warning', message: `Data capture of ${record.name} does not go on: ${error.message}` });
    return undefined;
  });
  const withLimits = (kept: KeptVariant, asked: readonly ProductionVariant[] = []): VariantPlan => {
    const variant = asked.find(({ VariantName }) => VariantName === kept.name) ?? { VariantName: kept.name };
    return { ...kept, limits: variantLimits(variant, setting) };
  };
  const isOfThis = async (labels: Readonly<Record<string, string>>): Promise<boolean> => labels['sm-local.generation'] === generation;
  const leave = (): Promise<void> => own[Symbol.asyncDispose]();
  return {
    configName: config.EndpointConfigName ?? '',
    origin: { generation, config, models },
    variants: variants.map((variant) => withLimits(variant, config.ProductionVariants)),
    ...(shadow && { shadow: withLimits(shadow, config.ShadowProductionVariants) }),
    capture,
    release: async () => {
      await allThenThrow([leave(), removeLeftovers(emulator.engine, labelsOf(record), isOfThis)]);
    },
    leave,
  };
}

/** The setting with the very images that served: a name may lead to another one by now. Errors: trouble of the engine. */
export async function withImagesOf({ engine }: Emulator, live: LivePlan, setting: HostingSetting): Promise<HostingSetting> {
  const pinned = await Promise.all(
    variantsOf(live).map(async ({ image, imageId }): Promise<[string, ImageRequest][]> => {
      const isThere = (await engine.images.inspect(imageId)) !== undefined;
      return isThere ? [[image, { image: { kind: 'image', reference: imageId } }]] : [];
    }),
  );
  return { ...setting, images: { ...setting.images, ...Object.fromEntries(pinned.flat()) } };
}

/** A plan that was made again from the requests, with the weights and the counts of before. */
export const withCountsOf = (plan: EndpointPlan, live: LivePlan): EndpointPlan => {
  const as = (variant: VariantPlan): VariantPlan => {
    const before = variantsOf(live).find(({ name }) => name === variant.name);
    return before ? { ...variant, weight: before.weight, instanceCount: before.instanceCount } : variant;
  };
  return { ...plan, variants: plan.variants.map(as), ...(plan.shadow && { shadow: as(plan.shadow) }) };
};
