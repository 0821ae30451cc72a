import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { logsService } from '../../../src/api/logs/service.ts';
import { LogFile } from '../../../src/store/log-file.ts';
import { instanceLogFile, jobLogFile } from '../../../src/store/log-names.ts';
import { clientConfig } from '../../support/aws-client.ts';
import { type ServiceServer, serviceServer } from '../../support/service-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

export const training = '/aws/sagemaker/TrainingJobs';

/** What the clock of the service says when a test does not care. */
export const now = 1_800_000_000_000;

/** CloudWatch Logs on a port, with a directory of its own for each account and region. */
export interface LogsUnderTest extends AsyncDisposable {
  readonly url: string;
  readonly directory: string;
  /** Of the default account and region. */
  readonly logs: string;
  client(accessKeyId?: string, region?: string): CloudWatchLogsClient;
  /** One POST with the JSON as it is; the body of the answer read. */
  ask(operation: string, body: string | object): Promise<Answer>;
  /** Writes as a job does: lines at their times. */
  job(name: string, host: string, lines: Iterable<readonly [time: number, text: string]>): Promise<void>;
  instance(endpoint: string, name: string, lines: Iterable<readonly [time: number, text: string]>): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly type: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the service answers
  readonly body: any;
}

export async function logsUnderTest(): Promise<LogsUnderTest> {
  const home = await temporaryDirectory();
  const logsOf = (account: string, region: string): string => join(home.path, account, region, 'logs');
  const failures: unknown[] = [];
  const server: ServiceServer = await serviceServer(
    logsService({
      logs: ({ account, region }) => logsOf(account, region),
      now: () => now,
      onFailure: (_operation, error) => failures.push(error),
    }),
  );
  const logs = logsOf('000000000000', 'us-east-1');
  const clients: CloudWatchLogsClient[] = [];
  return {
    url: server.url,
    directory: home.path,
    logs,
    client(accessKeyId = 'test', region = 'us-east-1') {
      const client = new CloudWatchLogsClient(clientConfig(server.url, accessKeyId, region));
      clients.push(client);
      return client;
    },
    async ask(operation, body) {
      const response = await fetch(server.url, {
        method: 'POST',
        headers: { 'X-Amz-Target': `Logs_20140328.${operation}`, 'Content-Type': 'application/x-amz-json-1.1' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      const text = await response.text();
      return { status: response.status, type: response.headers.get('x-amzn-errortype'), body: text === '' ? undefined : JSON.parse(text) };
    },
    job: (name, host, lines) => write(jobLogFile(logs, 'training-jobs', name, host, new Date(1_700_000_000_000)), lines),
    instance: (endpoint, name, lines) => write(instanceLogFile(logs, endpoint, 'AllTraffic', name), lines),
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      await server[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
      if (failures.length > 0) throw failures[0];
    },
  };
}

async function write(path: string, lines: Iterable<readonly [number, string]>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await using log = await LogFile.create(path);
  for (const [time, text] of lines) log.append('stdout', Buffer.from(`${text}\n`), time);
}
