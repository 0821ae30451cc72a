import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker';
import { type InstanceSize, instanceSize } from '../contract/instance-types.ts';
import { trainingHosts } from '../contract/training-hosts.ts';
import type { EngineDescription } from '../engine/engine.ts';
import { fail } from '../errors.ts';

/** What the container of a host may use. */
export interface HostLimits {
  readonly cpus: number;
  /** Bytes, swap included. */
  readonly memory: number;
}

export type Machine = Pick<EngineDescription, 'cpus' | 'memory'>;

/** What an instance of the type has, and never more than the engine has. Errors: InvalidRequest for a type whose size is not known. */
export function hostLimits(instanceType: string, { cpus, memory }: Machine): HostLimits {
  const size = sizeOf(instanceType);
  return { cpus: Math.min(size.vcpus, cpus), memory: Math.min(size.memory * gib, memory) };
}

/** Where containers get less than their instances have; a sentence for each type. Errors: as `hostLimits`. */
export function shortOfInstances(request: CreateTrainingJobRequest, machine: Machine, hasGpus: boolean): readonly string[] {
  const types = [...new Set(trainingHosts(request).map(({ instanceType }) => instanceType))];
  return types.flatMap((type) => {
    const { vcpus, memory, gpus } = sizeOf(type);
    const limits = hostLimits(type, machine);
    const has = `${type} has ${vcpus} vCPUs and ${memory} GiB`;
    const isShort = limits.cpus < vcpus || limits.memory < memory * gib;
    return [
      ...(isShort
        ? [`${has}; this engine has ${machine.cpus} and ${(machine.memory / gib).toFixed(1)}, which is all that its containers get.`]
        : []),
      ...(gpus > 0 && !hasGpus ? [`${type} has ${gpus === 1 ? 'a GPU' : `${gpus} GPUs`}; without --gpus its containers have none.`] : []),
    ];
  });
}

const gib = 2 ** 30;

function sizeOf(type: string): InstanceSize {
  const size = instanceSize(type);
  if (size) return size;
  throw fail('InvalidRequest', {
    message: `What an instance of the type ${type} has is not known to this version of sm-local, so that nothing can be limited to it.`,
    remedy: 'Leave out --instance-limits, or choose another instance type.',
  });
}
