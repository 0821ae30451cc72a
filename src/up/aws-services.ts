import type { AppOptions } from '../api/app.ts';
import { awsApi } from '../api/aws-api.ts';
import { EndpointMetricSource } from '../api/cloudwatch/endpoint-metrics.ts';
import { JobMetricSource } from '../api/cloudwatch/job-metrics.ts';
import { cloudWatchService } from '../api/cloudwatch/service.ts';
import { ecrService } from '../api/ecr/service.ts';
import type { GuardOptions } from '../api/guard.ts';
import { iamService } from '../api/iam/service.ts';
import { logsService } from '../api/logs/service.ts';
import { s3Elsewhere } from '../api/s3/elsewhere.ts';
import { s3Service } from '../api/s3/service.ts';
import { sagemakerService } from '../api/sagemaker/service.ts';
import type { Service } from '../api/service.ts';
import { stsService } from '../api/sts/service.ts';
import { accountOfKey } from '../contract/access-keys.ts';
import type { Account } from '../contract/names.ts';
import { type RoleSession, roleOf } from '../contract/roles.ts';
import type { Emulator } from '../emulator.ts';
import { reasonOf } from '../errors.ts';
import type { Accounts } from './accounts.ts';

export interface ApiHandlerOptions extends GuardOptions {
  readonly accounts: Accounts;
  warning(message: string): void;
}

/** Everything that answers at the one port, for all accounts and regions. */
export function apiHandler(emulator: Emulator, { accounts, hosts, warning }: ApiHandlerOptions): AppOptions {
  const defaults = { account: emulator.account, region: emulator.region };
  const now = (): number => emulator.now().getTime();
  const onFailure = (operation: string, error: unknown): void => warning(`${operation}: ${reasonOf(error)}`);
  const logs = (caller: Account): string => emulator.in(caller).home.logs;
  const services = {
    sagemaker: sagemakerService({ sagemaker: (caller) => accounts.of(caller), isEnding: () => accounts.isEnding, onFailure }),
    logs: logsService({ logs, now, onFailure }),
    s3: s3Of(emulator, hosts, onFailure),
    sts: stsService({ sessionOf: (key) => sessionOf(emulator, key), now, onFailure }),
    iam: iamService({ now, onWarning: warning, onFailure }),
    ecr: ecrService({ now, onFailure }),
    monitoring: cloudWatchService({
      sources: [new JobMetricSource(logs), new EndpointMetricSource({ metrics: (caller) => accounts.of(caller).monitor.metrics, now })],
      alarms: (caller) => accounts.of(caller).alarms,
      keepAlarm: (caller, name, definition) => accounts.of(caller).keepAlarm(name, definition),
      now,
      onWarning: warning,
      onFailure,
    }),
  };
  const own = () => accounts.of(defaults); // once it is known where requests go
  return {
    invocations: awsApi({ services, invocations: (caller) => accounts.of(caller).invocations, defaults, hosts, onTrouble: warning }),
    endpoints: () => own().endpoints.endpoints,
    metrics: () => own().monitor.prometheus(),
    health: () => ({ home: emulator.root.home.path, pid: process.pid, ...defaults }),
  };
}

/** Loaded by the first request, as objects are. */
function s3Of(emulator: Emulator, hosts: GuardOptions['hosts'], onFailure: (operation: string, error: unknown) => void): Service {
  let made: Promise<Service> | undefined;
  if (emulator.s3Endpoint !== undefined) return s3Elsewhere(emulator.s3Endpoint);
  const make = async (): Promise<Service> => {
    const [objects, uploads] = await Promise.all([emulator.localObjects, emulator.uploads]);
    return s3Service({ objects, uploads, region: emulator.region, hosts: hosts(), now: () => emulator.now().getTime(), onFailure });
  };
  return async (exchange) => {
    made ??= make();
    await (await made)(exchange);
  };
}

/** Whose the keys are that a container was given: the role of its job or endpoint. */
async function sessionOf(emulator: Emulator, accessKeyId: string): Promise<RoleSession | undefined> {
  const account = accountOfKey(accessKeyId);
  if (account === undefined) return undefined;
  for (const scope of await emulator.everywhere()) {
    if (scope.account !== account) continue;
    const { records } = await scope.trainingJobs.list();
    const job = records.find(({ value }) => value.run?.credentials?.issued?.keys.AccessKeyId === accessKeyId);
    const role = job && roleOf(job.value.request.RoleArn ?? '');
    if (role) return { role, session: 'SageMaker' };
  }
  return undefined;
}
