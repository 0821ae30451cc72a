import type { Source } from './check.ts';

const guide = 'https://docs.aws.amazon.com/sagemaker/latest/dg';
const reference = 'https://docs.aws.amazon.com/sagemaker/latest/APIReference';

/** The pages of AWS that the checks stand on, and what else is known, each once. */
export const sources = {
  trainingImage: {
    title: 'How Amazon SageMaker Runs Your Training Image',
    url: `${guide}/your-algorithms-training-algo-dockerfile.html`,
  },
  trainingInformation: {
    title: 'How Amazon SageMaker Provides Training Information',
    url: `${guide}/your-algorithms-training-algo-running-container.html`,
  },
  trainingOutput: {
    title: 'How Amazon SageMaker Processes Training Output',
    url: `${guide}/your-algorithms-training-algo-output.html`,
  },
  trainingSignals: {
    title: 'How Amazon SageMaker Signals Algorithm Success and Failure',
    url: `${guide}/your-algorithms-training-signal-success-failure.html`,
  },
  trainingStorage: { title: 'Amazon SageMaker Training Storage Folders', url: `${guide}/model-train-storage.html` },
  trainingData: { title: 'Access Training Data', url: `${guide}/model-access-training-data.html` },
  stopTrainingJob: { title: 'StopTrainingJob', url: `${reference}/API_StopTrainingJob.html` },
  trainingToolkit: { title: 'SageMaker Training Toolkit', url: 'https://github.com/aws/sagemaker-training-toolkit' },
  hosting: { title: 'Custom Inference Code with Hosting Services', url: `${guide}/your-algorithms-inference-code.html` },
  invokeEndpoint: { title: 'InvokeEndpoint', url: `${reference}/API_runtime_InvokeEndpoint.html` },
  inferenceOptions: { title: 'Inference options in Amazon SageMaker AI', url: `${guide}/deploy-model-options.html` },
  asyncInference: { title: 'Asynchronous inference', url: `${guide}/async-inference.html` },
  serverless: { title: 'Deploy models with Amazon SageMaker Serverless Inference', url: `${guide}/serverless-endpoints.html` },
  deploymentTrouble: { title: 'Troubleshoot Amazon SageMaker AI model deployments' },
  batch: { title: 'Custom Inference Code with Batch Transform', url: `${guide}/your-algorithms-batch-code.html` },
  multiModel: {
    title: 'Custom Containers Contract for Multi-Model Endpoints',
    url: `${guide}/mms-container-apis.html`,
  },
  multiModelImage: {
    title: 'Build Your Own Container for SageMaker AI Multi-Model Endpoints',
    url: `${guide}/build-multi-model-build-container.html`,
  },
  multiContainer: { title: 'Use a multi-container endpoint with direct invocation', url: `${guide}/multi-container-direct.html` },
  isolation: {
    title: 'Run Training and Inference Containers in Internet-Free Mode',
    url: `${guide}/mkt-algo-model-internet-free.html`,
  },
  containers: { title: 'Docker containers for training and deploying models', url: `${guide}/docker-containers.html` },
  /** What Docker itself does with an image, on which the contract rests. */
  docker: { title: 'Dockerfile reference', url: 'https://docs.docker.com/reference/dockerfile/' },
  /** Seen in the logs and reports of real endpoints and jobs; AWS's pages do not say it. */
  observed: { title: 'Observed on SageMaker' },
} as const satisfies Record<string, Source>;
