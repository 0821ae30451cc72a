import { once } from 'node:events';
import { createServer } from 'node:net';
import { codeOf } from '../store/disk-trouble.ts';
import { type Check, type Finding, ok, warning } from './finding.ts';

const portCheck = (port: number, command: string): Check => ({
  name: `port ${port}`,
  look: () => portFinding(port, command),
});

/** Where an endpoint answers unless it is told otherwise. */
export const servePortCheck = portCheck(8080, 'sm-local serve');
/** Where the AWS-compatible API answers unless it is told otherwise. */
export const apiPortCheck = portCheck(4570, 'sm-local up');

export async function portFinding(port: number, command: string): Promise<Finding> {
  const facts = { port };
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return ok(`free for ${command}`, facts);
  } catch (error) {
    const why = codeOf(error) === 'EADDRINUSE' ? 'something listens there' : (error as Error).message;
    return warning(`not free for ${command}: ${why}`, `Stop it, or use another port: ${command} --port <number>`, facts);
  } finally {
    server.close();
  }
}
