import { Network } from 'testcontainers';
import { SageMakerEndpointContainer, SageMakerTrainingContainer } from '../../src/testcontainers/index.ts';

/** What a test run has when it is killed: an endpoint, a job of two hosts, and a network that both are in. Says so with its session. */
const [, , endpointImage = '', trainingImage = '', data = ''] = process.argv;
const network = await new Network().start();
const endpoint = await new SageMakerEndpointContainer(endpointImage).withNetwork(network).start();
const job = await new SageMakerTrainingContainer(trainingImage)
  .withHosts(2)
  .withHyperparameters({ 'probe-seconds': 600 })
  .withInput('train', data)
  .withNetwork(network)
  .start();
for await (const line of await job.logs()) if (String(line).startsWith('PROBE ')) break;
process.stdout.write(`${JSON.stringify({ session: endpoint.getLabels()['org.testcontainers.session-id'], network: network.getId() })}\n`);
setInterval(() => {}, 1000);
