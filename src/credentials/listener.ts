import type { RequestListener } from 'node:http';
import { credentialsAnswer, credentialsError, metadataAnswer, readCredentialsPath } from '../contract/container-credentials.ts';
import { reasonOf } from '../errors.ts';
import type { Register } from './register.ts';

interface Answer {
  readonly status: number;
  readonly body: object;
}

/** Answers the containers of all processes out of the register. Knowing the id is all it takes, as in the cloud. */
export const credentialsListener =
  (register: Register, now: () => Date): RequestListener =>
  (request, response) => {
    const path = request.method === 'GET' ? (request.url ?? '') : '';
    const send = ({ status, body }: Answer): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    answer(register, path, now()).then(send, (error) => send(failed(500, 'InternalServerError', reasonOf(error))));
  };

async function answer(register: Register, path: string, now: Date): Promise<Answer> {
  const question = readCredentialsPath(path);
  if (!question) return failed(404, 'NoIdInRequest', 'Neither credentials nor metadata are here.');
  const entry = await register.read(question.id);
  if (question.about === 'credentials') {
    if (entry?.kind !== 'credentials') return failed(404, 'InvalidIdInRequest', 'CredentialsV2Request: Credentials not found');
    const expiration = entry.expiration === undefined ? new Date(now.getTime() + lifetime) : new Date(entry.expiration);
    if (expiration <= now) return failed(503, 'CredentialsUninitialized', 'CredentialsV2Request: Credentials could not be renewed');
    return { status: 200, body: credentialsAnswer(entry.roleArn, entry.keys, expiration) };
  }
  if (entry?.kind !== 'metadata') return failed(404, 'InvalidIdInRequest', 'MetadataRequest: Metadata not found');
  return { status: 200, body: metadataAnswer(question.about, entry.metadata) };
}

const failed = (status: number, code: string, message: string): Answer => ({ status, body: credentialsError(status, code, message) });

/** Milliseconds from an answer to the end of its keys: as long as ECS's last. They stay the same, but clients shall ask again in time. */
const lifetime = 6 * 3600 * 1000;
