import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';

/** The program under test: it asks an endpoint for the species of a flower. */
export async function speciesOf(client, endpointName, flower) {
  const request = { EndpointName: endpointName, ContentType: 'text/csv', Accept: 'application/json', Body: flower.join(',') };
  const { Body } = await client.send(new InvokeEndpointCommand(request));
  const { predictions } = JSON.parse(Body.transformToString());
  return predictions[0].species;
}
