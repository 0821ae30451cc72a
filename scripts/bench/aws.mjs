// Requests of AWS's clients, with the headers that they have. Signatures are not checked, so that none is made.

import http from 'node:http';

/** The headers of a request to a service, as a flat list. */
export const signed = (service, ...others) => [
  'Authorization',
  `AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
  'X-Amz-Date',
  '20260101T000000Z',
  ...others,
];

/** The headers and the body of an operation of SageMaker's control plane. */
export const operation = (name, input) => ({
  method: 'POST',
  headers: signed('sagemaker', 'X-Amz-Target', `SageMaker.${name}`, 'Content-Type', 'application/x-amz-json-1.1'),
  body: JSON.stringify(input),
});

/** What an operation answers. */
export const sagemaker = async (url, name, input) => JSON.parse(await answerTo(`${url}/`, operation(name, input)));

/** The text of an answer that has to be a 200. */
export function answerTo(url, { method, headers, body = '' }) {
  return new Promise((resolve, reject) => {
    const always = ['Host', new URL(url).host, 'Content-Length', `${Buffer.byteLength(body)}`];
    const request = http.request(url, { method, headers: [...always, ...headers], agent: false }, async (response) => {
      let text = '';
      for await (const part of response.setEncoding('utf8')) text += part;
      if (response.statusCode === 200) resolve(text);
      else reject(new Error(`${method} ${url} was answered with ${response.statusCode}: ${text}`));
    });
    request.once('error', reject);
    request.end(body);
  });
}
