// The least that a client of the engine can do: its HTTP API on connections that stay open, which is what jobs and endpoints are compared with.

import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { call } from '../engine-api.mjs';

/** `label`: on every container, so that what an interrupted run leaves can be found. */
export class RawEngine {
  #engine;
  #label;
  #agent = new http.Agent({ keepAlive: true });

  constructor(engine, label) {
    this.#engine = engine;
    this.#label = label;
  }

  /** A parsed answer; undefined when it has no body. Errors: whatever is not a success. */
  async ask(method, path, body, onHead) {
    const { status, text } = await this.#send(method, path, body, onHead);
    if (status >= 400) throw new Error(`${method} ${path}: ${status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  #send(method, path, body, onHead = () => {}) {
    const { protocol, pathname } = new URL(this.#engine.address);
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const text = body === undefined ? undefined : JSON.stringify(body);
    // An engine elsewhere has its own ways to be reached.
    if (protocol !== 'unix:') {
      onHead(); // which is not told there
      return call(this.#engine, { method, path, headers, body: text, idleMs: 600_000 });
    }
    const options = { socketPath: decodeURIComponent(pathname), host: 'localhost', agent: this.#agent, method, path, headers };
    if (text !== undefined) headers['content-length'] = Buffer.byteLength(text);
    return new Promise((resolve, reject) => {
      const request = http.request(options, (response) => {
        let answer = '';
        onHead();
        response.setEncoding('utf8').on('data', (part) => (answer += part));
        response.once('error', reject).once('end', () => resolve({ status: response.statusCode, text: answer }));
      });
      request.once('error', reject);
      request.end(text);
    });
  }

  async create(image, command, { environment = [], mounts = [], network = 'bridge', ports } = {}) {
    const HostConfig = { NetworkMode: network, Binds: mounts, ...(ports && { PortBindings: ports }) };
    const body = { Image: image, Cmd: [command], Env: environment, Labels: { 'sm-local-bench': this.#label }, HostConfig };
    const { Id } = await this.ask('POST', '/containers/create', { ...body, ExposedPorts: { '8080/tcp': {} } });
    return Id;
  }

  /** A container from its creation to its removal. */
  async run(image, options = {}) {
    const id = await this.create(image, 'train', options);
    // The engine answers with a head when it has begun to wait: for an exit before that it would wait for ever.
    let ended;
    await new Promise((begun, failed) => {
      ended = this.ask('POST', `/containers/${id}/wait?condition=next-exit`, undefined, begun);
      ended.catch(failed);
    });
    await this.ask('POST', `/containers/${id}/start`);
    const { StatusCode } = await ended;
    await this.ask('DELETE', `/containers/${id}`);
    if (StatusCode !== 0) throw new Error(`a container of ${image} ended with ${StatusCode}`);
  }

  /** A server that is started; its port is published on 127.0.0.1 if asked for, else it is reached at the container's own address. */
  async serve(image, { isPublished = false, environment } = {}) {
    const ports = isPublished ? { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } : undefined;
    const id = await this.create(image, 'serve', { ports, ...(environment && { environment }) });
    await this.ask('POST', `/containers/${id}/start`);
    const { NetworkSettings } = await this.ask('GET', `/containers/${id}/json`);
    const published = NetworkSettings.Ports['8080/tcp']?.[0].HostPort;
    return {
      id,
      url: isPublished ? `http://127.0.0.1:${published}` : `http://${NetworkSettings.IPAddress}:8080`,
      end: () => this.ask('DELETE', `/containers/${id}?force=true`),
    };
  }

  /** Returns when it has answered its first ping. */
  async healthy(image, options) {
    const server = await this.serve(image, options);
    while ((await statusOf(`${server.url}/ping`)) !== 200) await sleep(5);
    return server;
  }

  /** The moment at which the engine tells that a container of that home of sm-local has ended, on the clock of `performance.now()`. */
  async nextDeath(home) {
    const filters = encodeURIComponent(JSON.stringify({ event: ['die'], label: [`sm-local.home=${home}`] }));
    const { pathname } = new URL(this.#engine.address);
    const request = http.request({ socketPath: decodeURIComponent(pathname), path: `/events?filters=${filters}`, agent: false });
    const listening = new Promise((resolve, reject) => request.once('response', resolve).once('error', reject));
    request.end();
    const response = await listening;
    const died = new Promise((resolve) => response.once('data', () => resolve(performance.now())));
    return { died, end: () => request.destroy() };
  }

  end() {
    this.#agent.destroy();
  }
}

/** The status of an answer; undefined when there was none. */
export function statusOf(url, options = {}, body = '') {
  return new Promise((resolve) => {
    const request = http.request(url, { agent: false, ...options }, (response) => {
      response.resume().once('close', () => resolve(response.statusCode));
    });
    request.once('error', () => resolve(undefined));
    request.end(body);
  });
}
