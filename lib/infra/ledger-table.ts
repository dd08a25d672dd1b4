import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** Every decision and its outcome. Outlives the stack: losing it is losing the accounts. */
export class LedgerTable extends Construct {
  readonly tableName: string;
  private readonly arns: string[];

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const table = new TableV2(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      globalSecondaryIndexes: [
        {
          indexName: 'byDay',
          partitionKey: { name: 'day', type: AttributeType.STRING },
          sortKey: { name: 'at', type: AttributeType.STRING },
        },
        {
          indexName: 'byTarget',
          partitionKey: { name: 'chain', type: AttributeType.STRING },
          sortKey: { name: 'targetBlock', type: AttributeType.NUMBER },
        },
      ],
      timeToLiveAttribute: 'expiresAt',
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.tableName = table.tableName;
    const indexes = ['byDay', 'byTarget'].map((index) => `${table.tableArn}/index/${index}`);
    this.arns = [table.tableArn, ...indexes];
  }

  /**
   * The CDK's own grants would allow `<table>/index/*`. Nothing may delete or scan, and facts are added, never
   * updated: the one thing that counts up and down is the day's budget.
   */
  grant(grantee: IGrantable, level: 'read' | 'readWrite'): void {
    const read = ['dynamodb:GetItem', 'dynamodb:Query'];
    const actions = level === 'read' ? read : [...read, 'dynamodb:BatchGetItem', 'dynamodb:PutItem'];
    grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: this.arns }));
    if (level === 'read') return;
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['dynamodb:UpdateItem'],
        resources: this.arns.slice(0, 1),
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['BUDGET#*'] } },
      }),
    );
  }
}
