import { fail, type SmLocalError } from '../errors.ts';

/**
 * The most instances of a job or of a variant. The cloud has quotas for each type and account, most of them far lower; each instance is a
 * container here, and what is asked for by a slip of the finger must not take the machine.
 */
export const mostInstances = 100;

/**
 * Refuses more instances than that, in AWS's words. `use`: what they are for, `training job` or `endpoint`. Source: published errors (contract
 * control-plane §7). Errors: InstanceQuota.
 */
export function checkInstanceCount(type: string, use: 'training job' | 'endpoint', count: number): void {
  if (count > mostInstances) throw overQuota(type, use, count);
}

const overQuota = (type: string, use: string, count: number): SmLocalError =>
  fail('InstanceQuota', {
    message:
      `The account-level service limit '${type} for ${use} usage' is ${mostInstances} Instances, with current utilization of 0 Instances and a ` +
      `request delta of ${count} Instances. Please use AWS Service Quotas to request an increase for this quota.`,
  });
