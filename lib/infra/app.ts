import { App } from 'aws-cdk-lib';
import recommended from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { readDeployment } from './deployment.ts';
import { LiquidatorStack } from './liquidator-stack.ts';

// The behaviour that new projects get; cdk.json and the command line override it.
const app = new App({ context: recommended });
const deployment = readDeployment(app.node);
new LiquidatorStack(app, `Liquidator-${deployment.network}`, deployment);
