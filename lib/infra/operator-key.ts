import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AccountRootPrincipal,
  ArnPrincipal,
  Effect,
  type IRole,
  PolicyDocument,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import { CfnKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/**
 * The operator's key, which no one has ever seen: one role may sign with it, and no one may export it. Outlives
 * the stack, since the executor knows its address, but not a deployment that failed before anybody could know it.
 */
export class OperatorKey extends Construct {
  readonly keyId: string;

  constructor(scope: Construct, id: string, signer: IRole) {
    super(scope, id);
    const key = new CfnKey(this, 'Key', {
      description: 'Signs calls to the liquidation executor; disable it to stop all signing',
      keySpec: 'ECC_SECG_P256K1',
      keyUsage: 'SIGN_VERIFY',
      pendingWindowInDays: 30,
      keyPolicy: new PolicyDocument({
        statements: [administration(), signing(signer), identification(signer)],
      }),
    });
    key.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    this.keyId = key.ref;
  }
}

/** In a key's own policy "*" is the key. */
const THIS_KEY = ['*'];

/** All that it takes to look after the key and to stop it; not to sign. */
const administration = (): PolicyStatement =>
  new PolicyStatement({
    sid: 'AccountLooksAfterTheKey',
    principals: [new AccountRootPrincipal()],
    actions: [
      ...['kms:DescribeKey', 'kms:GetKeyPolicy', 'kms:GetPublicKey', 'kms:ListResourceTags'],
      ...['kms:DisableKey', 'kms:EnableKey', 'kms:PutKeyPolicy', 'kms:UpdateKeyDescription'],
      ...['kms:TagResource', 'kms:UntagResource', 'kms:ScheduleKeyDeletion', 'kms:CancelKeyDeletion'],
    ],
    resources: THIS_KEY,
  });

const signing = (role: IRole): PolicyStatement =>
  new PolicyStatement({
    sid: 'OneRoleSignsDigests',
    effect: Effect.ALLOW,
    principals: [new ArnPrincipal(role.roleArn)],
    actions: ['kms:Sign'],
    resources: THIS_KEY,
    conditions: {
      StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'DIGEST' },
    },
  });

const identification = (role: IRole): PolicyStatement =>
  new PolicyStatement({
    sid: 'OneRoleKnowsItsAddress',
    principals: [new ArnPrincipal(role.roleArn)],
    actions: ['kms:GetPublicKey'],
    resources: THIS_KEY,
  });
