import { App } from 'aws-cdk-lib';
import { readDeployment } from './deployment.ts';
import { LiquidatorStack } from './liquidator-stack.ts';

const app = new App();
const deployment = readDeployment(app.node);
new LiquidatorStack(app, `Liquidator-${deployment.network}`, deployment);
