import { RemovalPolicy } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/**
 * Where the node's URL and the keys will be: created empty, so that no value ever passes through a template or
 * a deployment; `aws secretsmanager put-secret-value` fills it. Outlives the stack, but not a first deployment that
 * failed.
 */
export class OperatorSecret extends Construct {
  readonly secretId: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const secret = new CfnSecret(this, 'Secret', {
      description:
        'JSON: {"rpcUrl": "…", "wsUrls": ["…"], "operatorKeys": ["0x…"], "relayIdentityKey": "0x…"}',
    });
    secret.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    this.secretId = secret.ref;
  }

  grantRead(grantee: IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [this.secretId] }),
    );
  }
}
